package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** What can compute. */
@SuppressWarnings("MemberName")
public final class DeviceFunctions {

  private static final NativeFunction GGML_BACKEND_DEV_COUNT =
      NativeFunction.of("ggml_backend_dev_count", JAVA_LONG);
  private static final NativeFunction GGML_BACKEND_DEV_GET =
      NativeFunction.of("ggml_backend_dev_get", ADDRESS, JAVA_LONG);
  private static final NativeFunction GGML_BACKEND_DEV_TYPE =
      NativeFunction.of("ggml_backend_dev_type", JAVA_INT, ADDRESS);
  private static final NativeFunction GGML_BACKEND_DEV_DESCRIPTION =
      NativeFunction.of("ggml_backend_dev_description", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_BACKEND_DEV_MEMORY =
      NativeFunction.ofVoid("ggml_backend_dev_memory", ADDRESS, ADDRESS, ADDRESS);
  private static final NativeFunction GGML_BACKEND_DEV_BACKEND_REG =
      NativeFunction.of("ggml_backend_dev_backend_reg", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_BACKEND_REG_NAME =
      NativeFunction.of("ggml_backend_reg_name", ADDRESS, ADDRESS);
  private static final NativeFunction GGML_BACKEND_REG_GET_PROC_ADDRESS =
      NativeFunction.of("ggml_backend_reg_get_proc_address", ADDRESS, ADDRESS, ADDRESS);

  private DeviceFunctions() {}

  public static long ggml_backend_dev_count() {
    try {
      return (long) GGML_BACKEND_DEV_COUNT.handle().invokeExact();
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_backend_dev_get(long index) {
    try {
      return (MemorySegment) GGML_BACKEND_DEV_GET.handle().invokeExact(index);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int ggml_backend_dev_type(MemorySegment device) {
    try {
      return (int) GGML_BACKEND_DEV_TYPE.handle().invokeExact(device);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_backend_dev_description(MemorySegment device) {
    try {
      return (MemorySegment) GGML_BACKEND_DEV_DESCRIPTION.handle().invokeExact(device);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void ggml_backend_dev_memory(
      MemorySegment device, MemorySegment free, MemorySegment total) {
    try {
      GGML_BACKEND_DEV_MEMORY.handle().invokeExact(device, free, total);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_backend_dev_backend_reg(MemorySegment device) {
    try {
      return (MemorySegment) GGML_BACKEND_DEV_BACKEND_REG.handle().invokeExact(device);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_backend_reg_name(MemorySegment registration) {
    try {
      return (MemorySegment) GGML_BACKEND_REG_NAME.handle().invokeExact(registration);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment ggml_backend_reg_get_proc_address(
      MemorySegment registration, MemorySegment name) {
    try {
      return (MemorySegment)
          GGML_BACKEND_REG_GET_PROC_ADDRESS.handle().invokeExact(registration, name);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
