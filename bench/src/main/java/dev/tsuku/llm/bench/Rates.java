package dev.tsuku.llm.bench;

/** Tokens a second. */
record Rates(double prefill, double decode) {}
