package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * One C function of up to seven integers, booleans and pointers, found at its first call.
 *
 * <p>Every call has one shape, seven machine words in and one out: the JVM generates code for each
 * distinct shape, which takes some 10 ms of a load. The calling conventions of the systems that
 * llama.cpp is packaged for allow it. An argument has a register of its own, or a word of the stack
 * beyond them; a narrower one is the low part of it; and neither registers nor words beyond the
 * function's parameters are looked at. What a narrower result leaves in the high part is undefined.
 */
final class NativeFunction {

  /** The parameters of the longest signature. */
  private static final int MAX_WORDS = 7;

  private static final class Words {
    @SuppressWarnings("restricted")
    static final MethodHandle CALL =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG));
  }

  private final String name;
  // Racing threads may each find it; it is the same, so either may stay.
  private long address;

  /** A function of llama.cpp. */
  NativeFunction(String name) {
    this(name, 0);
  }

  /** A function that has been found. */
  NativeFunction(String name, MemorySegment found) {
    this(name, found.address());
  }

  private NativeFunction(String name, long address) {
    this.name = name;
    this.address = address;
  }

  /** Generates the code that all of them have in common. */
  static void generate() {
    MethodHandle _ = Words.CALL;
  }

  /**
   * Calls it.
   *
   * @param words its arguments, from {@link #address} and {@link #word} where they are no integers
   * @return its result, for {@link #pointer}, {@link #truth} or a cast where that is narrower
   */
  long call(long... words) {
    if (words.length > MAX_WORDS) {
      throw new IllegalArgumentException(name + " has too many parameters");
    }
    long found = address;
    if (found == 0) {
      found = Symbols.require(name).address();
      address = found;
    }
    try {
      return (long)
          Words.CALL.invokeExact(
              MemorySegment.ofAddress(found),
              at(words, 0),
              at(words, 1),
              at(words, 2),
              at(words, 3),
              at(words, 4),
              at(words, 5),
              at(words, 6));
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }

  private static long at(long[] words, int index) {
    return index < words.length ? words[index] : 0;
  }

  /** What C is given for a segment, which the caller keeps alive during the call. */
  static long address(MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("C cannot see an array of Java's");
    }
    return segment.address();
  }

  static long word(boolean value) {
    return value ? 1 : 0;
  }

  static MemorySegment pointer(long result) {
    return MemorySegment.ofAddress(result);
  }

  /** A result that is a {@code bool}, which is a byte. */
  static boolean truth(long result) {
    return (byte) result != 0;
  }
}
