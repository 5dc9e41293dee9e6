package dev.tsuku.llm.grammar.match;

/** How a model separates its reasoning from what it says to the reader. */
public sealed interface Reasoning permits ReasoningTags, ChannelTags {}
