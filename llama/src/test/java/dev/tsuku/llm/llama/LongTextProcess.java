package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What {@link LongTextTest} runs in a process of its own, because a tokenizer that runs out of
 * stack ends it. Arguments: the character to repeat, then models. Prints how the request with the
 * long text ended, a line a model.
 */
final class LongTextProcess {

  private static final int CHARS = 200_000;

  private LongTextProcess() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    String text = Character.toString(Integer.parseInt(args[0])).repeat(CHARS);
    for (int i = 1; i < args.length; i++) {
      try (Engine engine =
          Engine.open(
              Native.backend().load(Path.of(args[i]), LoadMonitor.NONE),
              EngineSettings.defaults().withThreads(ComputeThreads.fixed(1)))) {
        CompletableFuture<String> end = new CompletableFuture<>();
        engine.submit(
            new GenerationRequest("r1", new Conversation("", List.of(new Turn.User(text))), 1),
            event -> {
              if (event instanceof GenerationEvent.Failed(var cause)) {
                end.complete(cause.kind().name());
              }
            });
        out.println(end.join());
      }
    }
  }
}
