package dev.tsuku.llm.grammar.match;

/**
 * The tags around reasoning, as symbols.
 *
 * @param begin not empty
 * @param end not empty
 */
public record ReasoningTags(String begin, String end) implements Reasoning {}
