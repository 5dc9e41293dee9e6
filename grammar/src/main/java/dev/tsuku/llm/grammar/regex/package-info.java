/**
 * Regular expressions as JSON Schema uses them, ECMA-262 without references back, as automata over
 * the bytes of UTF-8: {@link dev.tsuku.llm.grammar.regex.RegexParser} reads one, {@link
 * dev.tsuku.llm.grammar.regex.Dfa} is what becomes of it. Between them is an {@link
 * dev.tsuku.llm.grammar.regex.Nfa} over characters; look-around is followed in {@link
 * dev.tsuku.llm.grammar.regex.PlaceSets} beside the rest, so it may stand anywhere.
 *
 * <p>Patterns are untrusted: the work and the size of everything made of one are bounded. All
 * public types are immutable and thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.regex;

import org.jspecify.annotations.NullMarked;
