/**
 * The tokens of a model as the texts they stand for: what the other side of a grammar is. A grammar
 * knows bytes; a model chooses tokens; {@link dev.tsuku.llm.grammar.vocabulary.TextTokens} holds
 * the tokens in such order that which of them a grammar allows is found without asking for each.
 *
 * <p>Tokens that steer a model and those that end an answer are no text and are not in here, so no
 * grammar ever allows one. Nor are tokens with control characters or malformed UTF-8, which JSON as
 * it is written here never has.
 *
 * <p>All of it is immutable and may be shared. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.vocabulary;

import org.jspecify.annotations.NullMarked;
