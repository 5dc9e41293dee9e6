/**
 * The tokens that a grammar allows in a state: a {@link dev.tsuku.llm.grammar.mask.TokenMask},
 * computed by {@link dev.tsuku.llm.grammar.mask.TokenMasks}.
 *
 * <p>Whether one token is allowed is found by matching its bytes, in less than a microsecond, so
 * the likeliest token is tried first. A mask is computed only where that token is refused: by a
 * walk over the trie of all tokens that skips a subtree as soon as a byte is refused. Inside
 * strings, where nearly all tokens are allowed, a mask is put together from slices that were
 * computed before, and only the tokens that end the string are matched. Masks are cached within a
 * bound on memory.
 *
 * <p><b>Threads.</b> Belongs to one thread at a time. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.grammar.mask;

import org.jspecify.annotations.NullMarked;
