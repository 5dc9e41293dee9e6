/**
 * Folders of what the daemon keeps to spare the next one work. {@link
 * dev.tsuku.llm.daemon.cache.CacheFolder} is one of them, as whoever shows or empties it sees it,
 * with or without a daemon; what lies in the files is the business of the packages that write them.
 *
 * <p>Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon.cache;

import org.jspecify.annotations.NullMarked;
