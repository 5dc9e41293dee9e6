package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.GenerationResult;

/** A whole answer. */
record Answer(String text, GenerationResult result) {}
