package dev.tsuku.llm.daemon.socket;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/**
 * Calls functions of the C library.
 *
 * <p>Every call has one shape, four machine words in and one out: the JVM generates code for each
 * distinct shape, which takes some 10 ms of the start. The calling conventions in use here (System
 * V on x86-64, AAPCS64 on ARM) allow it for functions of up to four integers and pointers. Each
 * argument has a register of its own, a narrower one is the low part of it, and registers beyond
 * the function's parameters are not looked at. What a narrower result leaves in the high part is
 * undefined: cast it. Thread-safe.
 */
@SuppressWarnings("restricted")
final class CLibrary {

  static final boolean MAC =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
  static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor WORDS =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle STATE_ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle CALL = LINKER.downcallHandle(WORDS, ERRNO);

  private CLibrary() {}

  /** Makes the code that all calls have in common, by the use of it. */
  static void link() {
    try (Arena arena = Arena.ofConfined()) {
      long _ = call("getpid", newState(arena), 0, 0, 0, 0);
    }
  }

  /** Where {@link #errno} finds the error of a call. */
  static MemorySegment newState(SegmentAllocator allocator) {
    return allocator.allocate(STATE);
  }

  /** The {@code errno} that the last call with this state left. */
  static int errno(MemorySegment state) {
    return (int) STATE_ERRNO.get(state, 0L);
  }

  /**
   * Calls a function that has up to four parameters; those that it has not are 0.
   *
   * @param state from {@link #newState}
   * @return its result, the high part undefined where its type is narrower
   */
  static long call(String function, MemorySegment state, long a, long b, long c, long d) {
    try {
      return (long) CALL.invokeExact(address(function), state, a, b, c, d);
    } catch (Throwable e) {
      throw new AssertionError("a native call threw", e);
    }
  }

  /**
   * Calls a function of the shape of {@code open}, whose arguments from the third on are variadic.
   */
  static long callVariadic(String function, MemorySegment state, long a, long b, long c) {
    if (!(MAC && ARM)) {
      return call(function, state, a, b, c, 0);
    }
    // On this system alone, variadic arguments are on the stack.
    try {
      return (long) Variadic.CALL.invokeExact(address(function), state, a, b, c);
    } catch (Throwable e) {
      throw new AssertionError("a native call threw", e);
    }
  }

  private static MemorySegment address(String function) {
    return LINKER
        .defaultLookup()
        .find(function)
        .orElseThrow(() -> new AssertionError("the C library has no function " + function));
  }

  private static final class Variadic {
    static final MethodHandle CALL =
        LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
  }
}
