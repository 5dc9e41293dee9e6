package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;

import java.lang.foreign.MemorySegment;

/** Threads that compute on the processor and are kept between computations. */
@SuppressWarnings("MemberName")
public final class ThreadPoolFunctions {

  private static final NativeFunction GGML_THREADPOOL_PARAMS_INIT =
      new NativeFunction("ggml_threadpool_params_init");
  private static final NativeFunction GGML_THREADPOOL_NEW =
      new NativeFunction("ggml_threadpool_new");
  private static final NativeFunction GGML_THREADPOOL_FREE =
      new NativeFunction("ggml_threadpool_free");
  private static final NativeFunction LLAMA_ATTACH_THREADPOOL =
      new NativeFunction("llama_attach_threadpool");

  private ThreadPoolFunctions() {}

  public static void ggml_threadpool_params_init(MemorySegment params, int threads) {
    long _ = GGML_THREADPOOL_PARAMS_INIT.call(address(params), threads);
  }

  public static MemorySegment ggml_threadpool_new(MemorySegment params) {
    return pointer(GGML_THREADPOOL_NEW.call(address(params)));
  }

  public static void ggml_threadpool_free(MemorySegment pool) {
    long _ = GGML_THREADPOOL_FREE.call(address(pool));
  }

  public static void llama_attach_threadpool(
      MemorySegment context, MemorySegment pool, MemorySegment poolForBatches) {
    long _ = LLAMA_ATTACH_THREADPOOL.call(address(context), address(pool), address(poolForBatches));
  }
}
