/**
 * Computed prefixes on disk, so that a new daemon need not compute them again.
 *
 * <p>{@link dev.tsuku.llm.daemon.prefixes.PrefixFolder} is the engine's {@link
 * dev.tsuku.llm.engine.prefix.PrefixStore}: a folder of files, each a {@link
 * dev.tsuku.llm.daemon.prefixes.BlockFile} under a name that stands for everything its content
 * depends on. {@link dev.tsuku.llm.daemon.prefixes.ModelDigest} tells the model's part of that.
 * {@link dev.tsuku.llm.daemon.cache.CacheFolder} shows and empties the folder, with or without a
 * daemon.
 *
 * <p>All of it is a cache: whatever is in doubt is removed, and nothing here ever makes a request
 * fail. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon.prefixes;

import org.jspecify.annotations.NullMarked;
