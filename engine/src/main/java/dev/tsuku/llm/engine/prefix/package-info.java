/**
 * Token sequences and their beginnings: {@link dev.tsuku.llm.engine.prefix.TokenList}, and {@link
 * dev.tsuku.llm.engine.prefix.PrefixStore}, where computed ones outlive the context.
 *
 * <p><b>Threads.</b> Everything here belongs to one thread, the decode thread; workers read lists
 * that do not change any more. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.prefix;

import org.jspecify.annotations.NullMarked;
