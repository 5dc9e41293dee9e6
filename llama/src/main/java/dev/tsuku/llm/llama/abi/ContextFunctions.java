package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** Contexts, and what is computed in them. */
@SuppressWarnings("MemberName")
public final class ContextFunctions {

  private static final StructFunction LLAMA_INIT_FROM_MODEL =
      StructFunction.of("llama_init_from_model", ADDRESS, ADDRESS, Structs.CONTEXT_PARAMS.layout());
  private static final NativeFunction LLAMA_FREE = new NativeFunction("llama_free");
  private static final NativeFunction LLAMA_N_CTX = new NativeFunction("llama_n_ctx");
  private static final NativeFunction LLAMA_N_BATCH = new NativeFunction("llama_n_batch");
  private static final NativeFunction LLAMA_GET_MEMORY = new NativeFunction("llama_get_memory");
  private static final StructFunction LLAMA_DECODE =
      StructFunction.of("llama_decode", JAVA_INT, ADDRESS, Structs.BATCH.layout());
  private static final NativeFunction LLAMA_SET_N_THREADS =
      new NativeFunction("llama_set_n_threads");
  private static final NativeFunction LLAMA_GET_LOGITS_ITH =
      new NativeFunction("llama_get_logits_ith");

  private ContextFunctions() {}

  static void generate() {
    LLAMA_INIT_FROM_MODEL.generate();
    LLAMA_DECODE.generate();
  }

  public static MemorySegment llama_init_from_model(MemorySegment model, MemorySegment params) {
    try {
      return (MemorySegment) LLAMA_INIT_FROM_MODEL.handle().invokeExact(model, params);
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }

  public static void llama_free(MemorySegment context) {
    long _ = LLAMA_FREE.call(address(context));
  }

  public static int llama_n_ctx(MemorySegment context) {
    return (int) LLAMA_N_CTX.call(address(context));
  }

  public static int llama_n_batch(MemorySegment context) {
    return (int) LLAMA_N_BATCH.call(address(context));
  }

  public static MemorySegment llama_get_memory(MemorySegment context) {
    return pointer(LLAMA_GET_MEMORY.call(address(context)));
  }

  public static int llama_decode(MemorySegment context, MemorySegment batch) {
    try {
      return (int) LLAMA_DECODE.handle().invokeExact(context, batch);
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }

  public static void llama_set_n_threads(MemorySegment context, int threads, int batchThreads) {
    long _ = LLAMA_SET_N_THREADS.call(address(context), threads, batchThreads);
  }

  public static MemorySegment llama_get_logits_ith(MemorySegment context, int index) {
    return pointer(LLAMA_GET_LOGITS_ITH.call(address(context), index));
  }
}
