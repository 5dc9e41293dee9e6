/**
 * What is in a context's memory already: token sequences that share their beginnings.
 *
 * <p>The main type is {@link dev.tsuku.llm.engine.prefix.PrefixTree}. It knows which tokens each
 * sequence of the context holds, finds the longest beginning of a new prompt among them, and says
 * what to forget first when there is no more room. It computes nothing and calls nobody: whoever
 * owns the context keeps tree and memory in step.
 *
 * <p><b>Threads.</b> Everything here belongs to one thread, the decode thread. Nothing is null
 * unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.prefix;

import org.jspecify.annotations.NullMarked;
