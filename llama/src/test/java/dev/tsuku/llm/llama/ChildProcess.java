package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.llama.abi.Symbols;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@link LlamaLibraryTest} runs in a process of its own, because a process loads llama.cpp
 * once and for ever. Arguments: {@code bundled} or {@code own}, the folder, the kind, {@code any},
 * or {@code abort} for an end by ggml, and the model to tell a story with. Prints the backend's
 * name and the story, or the failure.
 */
final class ChildProcess {

  private ChildProcess() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path folder = Path.of(args[1]);
    LlamaSettings settings =
        new LlamaSettings(
            args[0].equals("bundled") ? folder : Path.of("/nowhere"),
            args[0].equals("own") ? Optional.of(folder) : Optional.empty(),
            BackendKind.named(args[2]));
    LlamaBackend backend = LlamaBackend.open(settings);
    try {
      out.println(backend.name() + " " + backend.version() + " " + backend.availableVramBytes());
      backend.whyNoGraphics().ifPresent(out::println);
      if (args[2].equals("abort")) {
        LlamaBackend.onAbort(cause -> out.println("last words: " + cause));
        abort();
      }
      try (LlamaModel model = backend.load(Path.of(args[3]), LoadMonitor.NONE);
          LlamaContext context = model.open(Story.SETTINGS)) {
        int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
        out.println(Story.tell(model, context, 0, next, 30));
      }
    } catch (BackendException e) {
      out.println(e.kind() + ": " + e.getMessage());
    }
  }

  /** As a failed assertion in C does. */
  @SuppressWarnings("restricted")
  private static void abort() {
    try (Arena arena = Arena.ofConfined();
        NativeLog.Listener _ = NativeLog.listen()) {
      NativeLog.receive(4, arena.allocateFrom("GPU error: no such thing\n"), MemorySegment.NULL);
      Linker.nativeLinker()
          .downcallHandle(
              Symbols.find("ggml_abort").orElseThrow(),
              FunctionDescriptor.ofVoid(
                  ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
          .invoke(arena.allocateFrom("/built/some/ops.cpp"), 17, arena.allocateFrom("it is over"));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
