/**
 * Matches a JSON value while it is being generated, byte by byte. The main type is {@link
 * dev.tsuku.llm.grammar.match.MatcherState}; start with {@link
 * dev.tsuku.llm.grammar.match.MatcherState#start} and call {@code next} for each byte.
 *
 * <p>A value may have to match several nodes at once, and each node in several alternatives. They
 * are advanced together in one {@link dev.tsuku.llm.grammar.match.ActiveAlternatives}; a byte is
 * refused when no alternative can be completed after it. All alternatives open and close brackets
 * at the same bytes, so one stack of {@link dev.tsuku.llm.grammar.match.Frame}s serves them all.
 *
 * <p>Each value has one spelling: members in the order of the schema, strings with the shortest
 * escapes, and no white space except, if it begins so, one space after each comma and colon.
 *
 * <p><b>Threads.</b> States are immutable, but what the states of a schema share is computed when
 * it is first needed, so all states of one schema belong to one thread at a time. Nothing is null
 * unless marked so.
 */
@NullMarked
package dev.tsuku.llm.grammar.match;

import org.jspecify.annotations.NullMarked;
