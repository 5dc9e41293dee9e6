/**
 * Regular expressions as JSON Schema uses them, ECMA-262 without look-around and references back,
 * as automata over the bytes of UTF-8: {@link dev.tsuku.llm.grammar.regex.RegexParser} reads one,
 * {@link dev.tsuku.llm.grammar.regex.Dfa} is what becomes of it.
 *
 * <p>Patterns are untrusted: the work and the size of everything made of one are bounded. All
 * public types are immutable and thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.regex;

import org.jspecify.annotations.NullMarked;
