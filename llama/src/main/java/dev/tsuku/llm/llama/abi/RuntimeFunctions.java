package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** What concerns the library as a whole. */
@SuppressWarnings("MemberName")
public final class RuntimeFunctions {

  private static final NativeFunction LLAMA_VERSION = NativeFunction.of("llama_version", ADDRESS);
  private static final NativeFunction LLAMA_BACKEND_INIT =
      NativeFunction.ofVoid("llama_backend_init");
  private static final NativeFunction LLAMA_LOG_SET =
      NativeFunction.ofVoid("llama_log_set", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_LOG_SET =
      NativeFunction.ofVoid("ggml_log_set", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_BACKEND_LOAD_ALL_FROM_PATH =
      NativeFunction.ofVoid("ggml_backend_load_all_from_path", ADDRESS);
  private static final NativeFunction LLAMA_MODEL_DEFAULT_PARAMS =
      NativeFunction.of("llama_model_default_params", Structs.MODEL_PARAMS.layout());
  private static final NativeFunction LLAMA_CONTEXT_DEFAULT_PARAMS =
      NativeFunction.of("llama_context_default_params", Structs.CONTEXT_PARAMS.layout());

  private RuntimeFunctions() {}

  public static MemorySegment llama_version() {
    try {
      return (MemorySegment) LLAMA_VERSION.handle().invokeExact();
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_backend_init() {
    try {
      LLAMA_BACKEND_INIT.handle().invokeExact();
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_log_set(MemorySegment callback, MemorySegment userData) {
    try {
      LLAMA_LOG_SET.handle().invokeExact(callback, userData);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void ggml_log_set(MemorySegment callback, MemorySegment userData) {
    try {
      GGML_LOG_SET.handle().invokeExact(callback, userData);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void ggml_backend_load_all_from_path(MemorySegment directory) {
    try {
      GGML_BACKEND_LOAD_ALL_FROM_PATH.handle().invokeExact(directory);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_model_default_params(SegmentAllocator allocator) {
    try {
      return (MemorySegment) LLAMA_MODEL_DEFAULT_PARAMS.handle().invokeExact(allocator);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_context_default_params(SegmentAllocator allocator) {
    try {
      return (MemorySegment) LLAMA_CONTEXT_DEFAULT_PARAMS.handle().invokeExact(allocator);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
