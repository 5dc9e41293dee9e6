package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.MatcherState;
import java.util.List;

/**
 * Answers of one kind.
 *
 * @param start where they begin
 * @param masks of what may come next in them
 * @param tools the names of those that may be called
 * @param ends the tokens with which a model ends its answers
 */
record Guide(MatcherState start, TokenMasks masks, List<String> tools, List<Integer> ends) {}
