package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.template.ToolCall;
import java.util.List;

/** A whole answer. */
record Answer(String text, List<ToolCall> calls, GenerationResult result) {
  Answer {
    calls = List.copyOf(calls);
  }
}
