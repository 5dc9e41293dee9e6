package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** What concerns the library as a whole. */
@SuppressWarnings("MemberName")
public final class RuntimeFunctions {

  private static final NativeFunction LLAMA_VERSION = new NativeFunction("llama_version");
  private static final NativeFunction LLAMA_BACKEND_INIT = new NativeFunction("llama_backend_init");
  private static final NativeFunction LLAMA_LOG_SET = new NativeFunction("llama_log_set");
  private static final NativeFunction GGML_LOG_SET = new NativeFunction("ggml_log_set");
  private static final NativeFunction GGML_SET_ABORT_CALLBACK =
      new NativeFunction("ggml_set_abort_callback");
  private static final NativeFunction GGML_BACKEND_LOAD_ALL_FROM_PATH =
      new NativeFunction("ggml_backend_load_all_from_path");
  private static final StructFunction LLAMA_MODEL_DEFAULT_PARAMS =
      StructFunction.of("llama_model_default_params", Structs.MODEL_PARAMS.layout());
  private static final StructFunction LLAMA_CONTEXT_DEFAULT_PARAMS =
      StructFunction.of("llama_context_default_params", Structs.CONTEXT_PARAMS.layout());

  private RuntimeFunctions() {}

  static void generate() {
    LLAMA_MODEL_DEFAULT_PARAMS.generate();
    LLAMA_CONTEXT_DEFAULT_PARAMS.generate();
  }

  public static MemorySegment llama_version() {
    return pointer(LLAMA_VERSION.call());
  }

  public static void llama_backend_init() {
    long _ = LLAMA_BACKEND_INIT.call();
  }

  public static void llama_log_set(MemorySegment callback, MemorySegment userData) {
    long _ = LLAMA_LOG_SET.call(address(callback), address(userData));
  }

  public static void ggml_log_set(MemorySegment callback, MemorySegment userData) {
    long _ = GGML_LOG_SET.call(address(callback), address(userData));
  }

  /** What is called when ggml ends the process; it then prints nothing itself. */
  public static void ggml_set_abort_callback(MemorySegment callback) {
    long _ = GGML_SET_ABORT_CALLBACK.call(address(callback));
  }

  public static void ggml_backend_load_all_from_path(MemorySegment directory) {
    long _ = GGML_BACKEND_LOAD_ALL_FROM_PATH.call(address(directory));
  }

  public static MemorySegment llama_model_default_params(SegmentAllocator allocator) {
    try {
      return (MemorySegment) LLAMA_MODEL_DEFAULT_PARAMS.handle().invokeExact(allocator);
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_context_default_params(SegmentAllocator allocator) {
    try {
      return (MemorySegment) LLAMA_CONTEXT_DEFAULT_PARAMS.handle().invokeExact(allocator);
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }
}
