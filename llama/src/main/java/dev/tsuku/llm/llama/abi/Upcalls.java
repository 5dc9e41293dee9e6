package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Java that C calls back. A callback must not throw, whatever happens: an exception that leaves one
 * ends the process.
 */
public final class Upcalls {

  /** {@code ggml_abort_callback}: whether to stop computing. */
  @FunctionalInterface
  public interface Abort {
    boolean poll(MemorySegment userData);
  }

  /** {@code llama_progress_callback}: whether to go on loading. */
  @FunctionalInterface
  public interface Progress {
    boolean report(float fraction, MemorySegment userData);
  }

  /** {@code ggml_log_callback}: a line, or part of one. May come from any native thread. */
  @FunctionalInterface
  public interface Log {
    void write(int level, MemorySegment text, MemorySegment userData);
  }

  /** {@code ggml_abort_callback_t} of {@code ggml.h}: why the process ends, which it then does. */
  @FunctionalInterface
  public interface LastWords {
    void hear(MemorySegment text);
  }

  private Upcalls() {}

  /** A function pointer that lives as long as the arena. */
  public static MemorySegment abort(Abort callback, Arena arena) {
    return stub(Abort.class, "poll", callback, FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS), arena);
  }

  /** A function pointer that lives as long as the arena. */
  public static MemorySegment progress(Progress callback, Arena arena) {
    return stub(
        Progress.class,
        "report",
        callback,
        FunctionDescriptor.of(JAVA_BOOLEAN, JAVA_FLOAT, ADDRESS),
        arena);
  }

  /** A function pointer that lives as long as the arena. */
  public static MemorySegment log(Log callback, Arena arena) {
    return stub(
        Log.class, "write", callback, FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS), arena);
  }

  /** A function pointer that lives as long as the arena. */
  public static MemorySegment lastWords(LastWords callback, Arena arena) {
    return stub(LastWords.class, "hear", callback, FunctionDescriptor.ofVoid(ADDRESS), arena);
  }

  @SuppressWarnings("restricted")
  private static <T> MemorySegment stub(
      Class<T> type, String method, T callback, FunctionDescriptor descriptor, Arena arena) {
    MethodType signature = descriptor.toMethodType();
    try {
      var target = MethodHandles.lookup().findVirtual(type, method, signature).bindTo(callback);
      return Linker.nativeLinker().upcallStub(target, descriptor, arena);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("the callback types of this class do not fit", impossible);
    }
  }
}
