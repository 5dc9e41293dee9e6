/**
 * Follows a JSON value while it is being written, byte by byte: {@link
 * dev.tsuku.llm.grammar.match.Position} is a place in it, and knows which bytes may come next.
 *
 * <p>A value may have to obey several nodes at once, in the end or not, and each in several ways.
 * All of these are followed side by side in one {@link dev.tsuku.llm.grammar.match.Level}, and a
 * byte is refused as soon as it leaves no way by which the whole can become valid. JSON makes that
 * easy: all ways open and close their brackets at the same bytes, so one stack of {@link
 * dev.tsuku.llm.grammar.match.Frame}s serves all of them.
 *
 * <p>There is one spelling of each value: names in the order of the schema, strings with the
 * shortest escapes, no white space but, if it begins so, a space behind each comma and colon.
 *
 * <p>Positions are immutable, so that going back is no more than keeping one; but what they share
 * is found out when it is first needed, so all positions of a schema belong to one thread at a
 * time. Nothing is null, but where it is said.
 */
@NullMarked
package dev.tsuku.llm.grammar.match;

import org.jspecify.annotations.NullMarked;
