package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.truth;

import java.lang.foreign.MemorySegment;

/** The memory of a context, and the state of its sequences. */
@SuppressWarnings("MemberName")
public final class MemoryFunctions {

  private static final NativeFunction LLAMA_MEMORY_SEQ_RM =
      new NativeFunction("llama_memory_seq_rm");
  private static final NativeFunction LLAMA_MEMORY_SEQ_CP =
      new NativeFunction("llama_memory_seq_cp");
  private static final NativeFunction LLAMA_MEMORY_SEQ_POS_MAX =
      new NativeFunction("llama_memory_seq_pos_max");
  private static final NativeFunction LLAMA_STATE_SEQ_GET_SIZE =
      new NativeFunction("llama_state_seq_get_size");
  private static final NativeFunction LLAMA_STATE_SEQ_GET_DATA =
      new NativeFunction("llama_state_seq_get_data");
  private static final NativeFunction LLAMA_STATE_SEQ_SET_DATA =
      new NativeFunction("llama_state_seq_set_data");

  private MemoryFunctions() {}

  public static boolean llama_memory_seq_rm(MemorySegment memory, int sequence, int from, int to) {
    return truth(LLAMA_MEMORY_SEQ_RM.call(address(memory), sequence, from, to));
  }

  public static void llama_memory_seq_cp(
      MemorySegment memory, int source, int target, int from, int to) {
    long _ = LLAMA_MEMORY_SEQ_CP.call(address(memory), source, target, from, to);
  }

  public static int llama_memory_seq_pos_max(MemorySegment memory, int sequence) {
    return (int) LLAMA_MEMORY_SEQ_POS_MAX.call(address(memory), sequence);
  }

  public static long llama_state_seq_get_size(MemorySegment context, int sequence) {
    return LLAMA_STATE_SEQ_GET_SIZE.call(address(context), sequence);
  }

  public static long llama_state_seq_get_data(
      MemorySegment context, MemorySegment target, long size, int sequence) {
    return LLAMA_STATE_SEQ_GET_DATA.call(address(context), address(target), size, sequence);
  }

  public static long llama_state_seq_set_data(
      MemorySegment context, MemorySegment source, long size, int sequence) {
    return LLAMA_STATE_SEQ_SET_DATA.call(address(context), address(source), size, sequence);
  }
}
