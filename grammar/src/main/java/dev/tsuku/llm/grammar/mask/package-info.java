/**
 * Which tokens a grammar allows at a place: the set of them, as a {@link
 * dev.tsuku.llm.grammar.mask.TokenMask}, found by {@link dev.tsuku.llm.grammar.mask.Masks}.
 *
 * <p>Whether one token is allowed is told by following its bytes, which takes less than a
 * microsecond; whoever has a token in mind asks for that first. The set is made only when it is
 * needed, by walking the tree of all tokens and leaving out what a byte refuses. Inside strings
 * nearly all tokens are allowed: there the set is put together from parts that were made before,
 * and only tokens that end the string are looked at. Sets are kept for as long as there is room.
 *
 * <p>Belongs to one thread at a time. Nothing is null, but where it is said.
 */
@NullMarked
package dev.tsuku.llm.grammar.mask;

import org.jspecify.annotations.NullMarked;
