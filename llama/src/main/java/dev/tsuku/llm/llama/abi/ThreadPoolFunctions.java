package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** Threads that compute on the processor and are kept between computations. */
@SuppressWarnings("MemberName")
public final class ThreadPoolFunctions {

  private static final NativeFunction GGML_THREADPOOL_PARAMS_INIT =
      NativeFunction.ofVoid("ggml_threadpool_params_init", ADDRESS, JAVA_INT);
  private static final NativeFunction GGML_THREADPOOL_NEW =
      NativeFunction.of("ggml_threadpool_new", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_THREADPOOL_FREE =
      NativeFunction.ofVoid("ggml_threadpool_free", ADDRESS);
  private static final NativeFunction LLAMA_ATTACH_THREADPOOL =
      NativeFunction.ofVoid("llama_attach_threadpool", ADDRESS, ADDRESS, ADDRESS);

  private ThreadPoolFunctions() {}

  public static void ggml_threadpool_params_init(MemorySegment params, int threads) {
    try {
      GGML_THREADPOOL_PARAMS_INIT.handle().invokeExact(params, threads);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_threadpool_new(MemorySegment params) {
    try {
      return (MemorySegment) GGML_THREADPOOL_NEW.handle().invokeExact(params);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void ggml_threadpool_free(MemorySegment pool) {
    try {
      GGML_THREADPOOL_FREE.handle().invokeExact(pool);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_attach_threadpool(
      MemorySegment context, MemorySegment pool, MemorySegment poolForBatches) {
    try {
      LLAMA_ATTACH_THREADPOOL.handle().invokeExact(context, pool, poolForBatches);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
