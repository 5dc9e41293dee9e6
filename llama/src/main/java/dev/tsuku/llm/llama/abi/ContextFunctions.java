package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** Contexts, and what is computed in them. */
@SuppressWarnings("MemberName")
public final class ContextFunctions {

  private static final NativeFunction LLAMA_INIT_FROM_MODEL =
      NativeFunction.of("llama_init_from_model", ADDRESS, ADDRESS, Structs.CONTEXT_PARAMS.layout());
  private static final NativeFunction LLAMA_FREE = NativeFunction.ofVoid("llama_free", ADDRESS);
  private static final NativeFunction LLAMA_N_CTX =
      NativeFunction.of("llama_n_ctx", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_N_BATCH =
      NativeFunction.of("llama_n_batch", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_GET_MEMORY =
      NativeFunction.of("llama_get_memory", ADDRESS, ADDRESS);
  private static final NativeFunction LLAMA_DECODE =
      NativeFunction.of("llama_decode", JAVA_INT, ADDRESS, Structs.BATCH.layout());
  private static final NativeFunction LLAMA_SET_N_THREADS =
      NativeFunction.ofVoid("llama_set_n_threads", ADDRESS, JAVA_INT, JAVA_INT);
  private static final NativeFunction LLAMA_GET_LOGITS =
      NativeFunction.of("llama_get_logits", ADDRESS, ADDRESS);
  private static final NativeFunction LLAMA_GET_LOGITS_ITH =
      NativeFunction.of("llama_get_logits_ith", ADDRESS, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_SET_ABORT_CALLBACK =
      NativeFunction.ofVoid("llama_set_abort_callback", ADDRESS, ADDRESS, ADDRESS);

  private ContextFunctions() {}

  public static MemorySegment llama_init_from_model(MemorySegment model, MemorySegment params) {
    try {
      return (MemorySegment) LLAMA_INIT_FROM_MODEL.handle().invokeExact(model, params);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_free(MemorySegment context) {
    try {
      LLAMA_FREE.handle().invokeExact(context);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_n_ctx(MemorySegment context) {
    try {
      return (int) LLAMA_N_CTX.handle().invokeExact(context);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_n_batch(MemorySegment context) {
    try {
      return (int) LLAMA_N_BATCH.handle().invokeExact(context);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_get_memory(MemorySegment context) {
    try {
      return (MemorySegment) LLAMA_GET_MEMORY.handle().invokeExact(context);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_decode(MemorySegment context, MemorySegment batch) {
    try {
      return (int) LLAMA_DECODE.handle().invokeExact(context, batch);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_set_n_threads(MemorySegment context, int threads, int batchThreads) {
    try {
      LLAMA_SET_N_THREADS.handle().invokeExact(context, threads, batchThreads);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_get_logits(MemorySegment context) {
    try {
      return (MemorySegment) LLAMA_GET_LOGITS.handle().invokeExact(context);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_get_logits_ith(MemorySegment context, int index) {
    try {
      return (MemorySegment) LLAMA_GET_LOGITS_ITH.handle().invokeExact(context, index);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_set_abort_callback(
      MemorySegment context, MemorySegment callback, MemorySegment userData) {
    try {
      LLAMA_SET_ABORT_CALLBACK.handle().invokeExact(context, callback, userData);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
