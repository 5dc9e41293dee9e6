package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;
import static dev.tsuku.llm.llama.abi.NativeFunction.truth;
import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.MemorySegment;

/** Models. */
@SuppressWarnings("MemberName")
public final class ModelFunctions {

  private static final StructFunction LLAMA_MODEL_LOAD_FROM_FILE =
      StructFunction.of(
          "llama_model_load_from_file", ADDRESS, ADDRESS, Structs.MODEL_PARAMS.layout());
  private static final NativeFunction LLAMA_MODEL_FREE = new NativeFunction("llama_model_free");
  private static final NativeFunction LLAMA_MODEL_GET_VOCAB =
      new NativeFunction("llama_model_get_vocab");
  private static final NativeFunction LLAMA_MODEL_N_CTX_TRAIN =
      new NativeFunction("llama_model_n_ctx_train");
  private static final NativeFunction LLAMA_MODEL_DESC = new NativeFunction("llama_model_desc");
  private static final NativeFunction LLAMA_MODEL_SIZE = new NativeFunction("llama_model_size");
  private static final NativeFunction LLAMA_MODEL_IS_RECURRENT =
      new NativeFunction("llama_model_is_recurrent");
  private static final NativeFunction LLAMA_MODEL_IS_HYBRID =
      new NativeFunction("llama_model_is_hybrid");
  private static final NativeFunction LLAMA_MODEL_CHAT_TEMPLATE =
      new NativeFunction("llama_model_chat_template");
  private static final NativeFunction LLAMA_MODEL_META_VAL_STR =
      new NativeFunction("llama_model_meta_val_str");

  private ModelFunctions() {}

  static void generate() {
    LLAMA_MODEL_LOAD_FROM_FILE.generate();
  }

  public static MemorySegment llama_model_load_from_file(MemorySegment path, MemorySegment params) {
    try {
      return (MemorySegment) LLAMA_MODEL_LOAD_FROM_FILE.handle().invokeExact(path, params);
    } catch (Throwable thrown) {
      throw StructFunction.unexpected(thrown);
    }
  }

  public static void llama_model_free(MemorySegment model) {
    long _ = LLAMA_MODEL_FREE.call(address(model));
  }

  public static MemorySegment llama_model_get_vocab(MemorySegment model) {
    return pointer(LLAMA_MODEL_GET_VOCAB.call(address(model)));
  }

  public static boolean llama_model_is_recurrent(MemorySegment model) {
    return truth(LLAMA_MODEL_IS_RECURRENT.call(address(model)));
  }

  public static boolean llama_model_is_hybrid(MemorySegment model) {
    return truth(LLAMA_MODEL_IS_HYBRID.call(address(model)));
  }

  public static int llama_model_n_ctx_train(MemorySegment model) {
    return (int) LLAMA_MODEL_N_CTX_TRAIN.call(address(model));
  }

  public static int llama_model_desc(MemorySegment model, MemorySegment buffer, long size) {
    return (int) LLAMA_MODEL_DESC.call(address(model), address(buffer), size);
  }

  public static long llama_model_size(MemorySegment model) {
    return LLAMA_MODEL_SIZE.call(address(model));
  }

  public static MemorySegment llama_model_chat_template(MemorySegment model, MemorySegment name) {
    return pointer(LLAMA_MODEL_CHAT_TEMPLATE.call(address(model), address(name)));
  }

  public static int llama_model_meta_val_str(
      MemorySegment model, MemorySegment key, MemorySegment buffer, long size) {
    return (int) LLAMA_MODEL_META_VAL_STR.call(address(model), address(key), address(buffer), size);
  }
}
