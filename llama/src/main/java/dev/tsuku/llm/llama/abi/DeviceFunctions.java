package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;

import java.lang.foreign.MemorySegment;

/** What can compute. */
@SuppressWarnings("MemberName")
public final class DeviceFunctions {

  private static final NativeFunction GGML_BACKEND_DEV_COUNT =
      new NativeFunction("ggml_backend_dev_count");
  private static final NativeFunction GGML_BACKEND_DEV_GET =
      new NativeFunction("ggml_backend_dev_get");
  private static final NativeFunction GGML_BACKEND_DEV_TYPE =
      new NativeFunction("ggml_backend_dev_type");
  private static final NativeFunction GGML_BACKEND_DEV_DESCRIPTION =
      new NativeFunction("ggml_backend_dev_description");
  private static final NativeFunction GGML_BACKEND_DEV_MEMORY =
      new NativeFunction("ggml_backend_dev_memory");
  private static final NativeFunction GGML_BACKEND_DEV_BACKEND_REG =
      new NativeFunction("ggml_backend_dev_backend_reg");
  private static final NativeFunction GGML_BACKEND_REG_NAME =
      new NativeFunction("ggml_backend_reg_name");
  private static final NativeFunction GGML_BACKEND_REG_GET_PROC_ADDRESS =
      new NativeFunction("ggml_backend_reg_get_proc_address");

  private DeviceFunctions() {}

  public static long ggml_backend_dev_count() {
    return GGML_BACKEND_DEV_COUNT.call();
  }

  public static MemorySegment ggml_backend_dev_get(long index) {
    return pointer(GGML_BACKEND_DEV_GET.call(index));
  }

  public static int ggml_backend_dev_type(MemorySegment device) {
    return (int) GGML_BACKEND_DEV_TYPE.call(address(device));
  }

  public static MemorySegment ggml_backend_dev_description(MemorySegment device) {
    return pointer(GGML_BACKEND_DEV_DESCRIPTION.call(address(device)));
  }

  public static void ggml_backend_dev_memory(
      MemorySegment device, MemorySegment free, MemorySegment total) {
    long _ = GGML_BACKEND_DEV_MEMORY.call(address(device), address(free), address(total));
  }

  public static MemorySegment ggml_backend_dev_backend_reg(MemorySegment device) {
    return pointer(GGML_BACKEND_DEV_BACKEND_REG.call(address(device)));
  }

  public static MemorySegment ggml_backend_reg_name(MemorySegment registration) {
    return pointer(GGML_BACKEND_REG_NAME.call(address(registration)));
  }

  public static MemorySegment ggml_backend_reg_get_proc_address(
      MemorySegment registration, MemorySegment name) {
    return pointer(GGML_BACKEND_REG_GET_PROC_ADDRESS.call(address(registration), address(name)));
  }
}
