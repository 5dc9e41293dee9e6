package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** The memory of a context, and the state of its sequences. */
@SuppressWarnings("MemberName")
public final class MemoryFunctions {

  private static final NativeFunction LLAMA_MEMORY_CLEAR =
      NativeFunction.ofVoid("llama_memory_clear", ADDRESS, JAVA_BOOLEAN);
  private static final NativeFunction LLAMA_MEMORY_SEQ_RM =
      NativeFunction.of("llama_memory_seq_rm", JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final NativeFunction LLAMA_MEMORY_SEQ_CP =
      NativeFunction.ofVoid("llama_memory_seq_cp", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final NativeFunction LLAMA_MEMORY_SEQ_POS_MAX =
      NativeFunction.of("llama_memory_seq_pos_max", JAVA_INT, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_STATE_SEQ_GET_SIZE =
      NativeFunction.of("llama_state_seq_get_size", JAVA_LONG, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_STATE_SEQ_GET_DATA =
      NativeFunction.of(
          "llama_state_seq_get_data", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final NativeFunction LLAMA_STATE_SEQ_SET_DATA =
      NativeFunction.of(
          "llama_state_seq_set_data", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);

  private MemoryFunctions() {}

  public static void llama_memory_clear(MemorySegment memory, boolean data) {
    try {
      LLAMA_MEMORY_CLEAR.handle().invokeExact(memory, data);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static boolean llama_memory_seq_rm(MemorySegment memory, int sequence, int from, int to) {
    try {
      return (boolean) LLAMA_MEMORY_SEQ_RM.handle().invokeExact(memory, sequence, from, to);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_memory_seq_cp(
      MemorySegment memory, int source, int target, int from, int to) {
    try {
      LLAMA_MEMORY_SEQ_CP.handle().invokeExact(memory, source, target, from, to);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_memory_seq_pos_max(MemorySegment memory, int sequence) {
    try {
      return (int) LLAMA_MEMORY_SEQ_POS_MAX.handle().invokeExact(memory, sequence);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static long llama_state_seq_get_size(MemorySegment context, int sequence) {
    try {
      return (long) LLAMA_STATE_SEQ_GET_SIZE.handle().invokeExact(context, sequence);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static long llama_state_seq_get_data(
      MemorySegment context, MemorySegment target, long size, int sequence) {
    try {
      return (long) LLAMA_STATE_SEQ_GET_DATA.handle().invokeExact(context, target, size, sequence);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static long llama_state_seq_set_data(
      MemorySegment context, MemorySegment source, long size, int sequence) {
    try {
      return (long) LLAMA_STATE_SEQ_SET_DATA.handle().invokeExact(context, source, size, sequence);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
