package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.schedule.Waiting;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.protocol.v1.ByteProgress;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.PrefillProgress;
import dev.tsuku.llm.protocol.v1.Queued;
import dev.tsuku.llm.template.ToolCall;

/** Makes the events of a stream. Stateless. */
final class Events {

  private Events() {}

  static CompletionEvent of(Waiting waiting) {
    return switch (waiting) {
      case Waiting.InLine line -> queued(line.before());
      case Waiting.Loading loading ->
          CompletionEvent.newBuilder()
              .setLoading(
                  ByteProgress.newBuilder()
                      .setBytes(loading.bytes())
                      .setTotalBytes(loading.totalBytes()))
              .build();
    };
  }

  static CompletionEvent queued(int before) {
    return CompletionEvent.newBuilder().setQueued(Queued.newBuilder().setPosition(before)).build();
  }

  static CompletionEvent of(GenerationEvent.Prefill prefill) {
    return CompletionEvent.newBuilder()
        .setPrefill(
            PrefillProgress.newBuilder()
                .setTokens(prefill.done())
                .setTotalTokens(prefill.total())
                .setCachedTokens(prefill.cached()))
        .build();
  }

  static CompletionEvent text(String text) {
    return CompletionEvent.newBuilder().setText(text).build();
  }

  static CompletionEvent called(ToolCall call) {
    return CompletionEvent.newBuilder().setToolCall(of(call)).build();
  }

  static dev.tsuku.llm.protocol.v1.ToolCall of(ToolCall call) {
    return dev.tsuku.llm.protocol.v1.ToolCall.newBuilder()
        .setId(call.id())
        .setName(call.name())
        .setArgumentsJson(call.argumentsJson())
        .build();
  }

  static CompletionEvent done(CompletionResponse response) {
    return CompletionEvent.newBuilder().setDone(response).build();
  }
}
