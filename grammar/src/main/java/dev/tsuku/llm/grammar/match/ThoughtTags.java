package dev.tsuku.llm.grammar.match;

/**
 * Between what a model writes its thoughts, as symbols.
 *
 * @param begin not empty
 * @param end not empty
 */
public record ThoughtTags(String begin, String end) implements Reasoning {}
