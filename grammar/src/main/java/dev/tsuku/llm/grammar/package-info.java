/**
 * Constrained decoding: which tokens a language model may choose next, so that its answer obeys a
 * JSON Schema, a regular expression, or is a call of one of some tools. A library of its own: it
 * knows neither a model nor an engine, only the bytes of a model's tokens.
 *
 * <p>The way from a schema to a token mask, and its three main types:
 *
 * <pre>{@code
 * var vocabulary = TokenVocabulary.of(bytesOfTokens);        // once for each model
 * var grammar = CompiledGrammar.ofSchema(schema);            // once for each schema
 * var matcher = grammar.matcher(vocabulary);                 // once for each answer
 * var mask = new long[vocabulary.maskWords()];
 * while (!matcher.isOver()) {
 *   matcher.fillMask(mask);
 *   matcher.accept(likeliestOf(logits(), mask));
 * }
 * }</pre>
 *
 * <p>An example, with the schema {@code {"type": "object", "properties": {"n": {"enum": [1, 12]}},
 * "required": ["n"], "additionalProperties": false}}:
 *
 * <ol>
 *   <li>{@link dev.tsuku.llm.grammar.schema} reads the document and makes a graph of nodes of it:
 *       one for the object, one for the enumeration. Patterns and formats become automata in {@link
 *       dev.tsuku.llm.grammar.regex}. What cannot be honoured is refused here, with its JSON
 *       pointer.
 *   <li>{@link dev.tsuku.llm.grammar.match} follows a value byte by byte. Its first state accepts
 *       <code>{</code> and nothing else. The next bytes are {@code "n":}: they are forced, because
 *       the object needs a member and knows no other name, so {@code jumpForward} tells them.
 *   <li>At the value two alternatives are active, 1 and 12. After {@code 1} both still are: the
 *       state accepts {@code 2}, or <code>}</code>, which completes the first one.
 *   <li>{@link dev.tsuku.llm.grammar.vocabulary} holds the tokens as a trie, and {@link
 *       dev.tsuku.llm.grammar.mask} walks it along the states: at that place the mask has the
 *       tokens {@code 2}, <code>}</code> and <code>2}</code>. The shortest completion is <code>}
 *       </code>.
 * </ol>
 *
 * <p>{@link dev.tsuku.llm.grammar.conformance} holds the engine against test suites. Nothing is
 * null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.grammar;

import org.jspecify.annotations.NullMarked;
