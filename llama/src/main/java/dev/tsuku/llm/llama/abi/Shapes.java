package dev.tsuku.llm.llama.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The code that the JVM generates for each distinct shape of native calls, which takes some 10 ms
 * each. It can be had before llama.cpp is loaded.
 */
public final class Shapes {

  private Shapes() {}

  /**
   * Generates the code of all shapes that a load needs, on a thread of its own and in the order of
   * need; returns at once. Who needs one before it is there generates it, or waits for it. To be
   * called once a process.
   */
  public static void generateInBackground() {
    Thread.ofPlatform().daemon().name("link-llama").start(Shapes::generate);
  }

  private static void generate() {
    try (Arena arena = Arena.ofConfined()) {
      NativeFunction.generate();
      RuntimeFunctions.generate();
      MemorySegment _ = Upcalls.log((level, text, data) -> {}, arena);
      MemorySegment _ = Upcalls.progress((fraction, data) -> false, arena);
      ModelFunctions.generate();
      MemorySegment _ = Upcalls.abort(data -> false, arena);
      ContextFunctions.generate();
    }
  }
}
