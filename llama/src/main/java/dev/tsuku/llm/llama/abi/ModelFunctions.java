package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** Models. */
@SuppressWarnings("MemberName")
public final class ModelFunctions {

  private static final NativeFunction LLAMA_MODEL_LOAD_FROM_FILE =
      NativeFunction.of(
          "llama_model_load_from_file", ADDRESS, ADDRESS, Structs.MODEL_PARAMS.layout());
  private static final NativeFunction LLAMA_MODEL_FREE =
      NativeFunction.ofVoid("llama_model_free", ADDRESS);
  private static final NativeFunction LLAMA_MODEL_GET_VOCAB =
      NativeFunction.of("llama_model_get_vocab", ADDRESS, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_N_CTX_TRAIN =
      NativeFunction.of("llama_model_n_ctx_train", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_DESC =
      NativeFunction.of("llama_model_desc", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  private static final NativeFunction LLAMA_MODEL_SIZE =
      NativeFunction.of("llama_model_size", JAVA_LONG, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_IS_RECURRENT =
      NativeFunction.of("llama_model_is_recurrent", JAVA_BOOLEAN, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_IS_HYBRID =
      NativeFunction.of("llama_model_is_hybrid", JAVA_BOOLEAN, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_CHAT_TEMPLATE =
      NativeFunction.of("llama_model_chat_template", ADDRESS, ADDRESS, ADDRESS);
  private static final NativeFunction LLAMA_MODEL_META_VAL_STR =
      NativeFunction.of("llama_model_meta_val_str", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);

  private ModelFunctions() {}

  public static MemorySegment llama_model_load_from_file(MemorySegment path, MemorySegment params) {
    try {
      return (MemorySegment) LLAMA_MODEL_LOAD_FROM_FILE.handle().invokeExact(path, params);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static void llama_model_free(MemorySegment model) {
    try {
      LLAMA_MODEL_FREE.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_model_get_vocab(MemorySegment model) {
    try {
      return (MemorySegment) LLAMA_MODEL_GET_VOCAB.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static boolean llama_model_is_recurrent(MemorySegment model) {
    try {
      return (boolean) LLAMA_MODEL_IS_RECURRENT.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static boolean llama_model_is_hybrid(MemorySegment model) {
    try {
      return (boolean) LLAMA_MODEL_IS_HYBRID.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_model_n_ctx_train(MemorySegment model) {
    try {
      return (int) LLAMA_MODEL_N_CTX_TRAIN.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_model_desc(MemorySegment model, MemorySegment buffer, long size) {
    try {
      return (int) LLAMA_MODEL_DESC.handle().invokeExact(model, buffer, size);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static long llama_model_size(MemorySegment model) {
    try {
      return (long) LLAMA_MODEL_SIZE.handle().invokeExact(model);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_model_chat_template(MemorySegment model, MemorySegment name) {
    try {
      return (MemorySegment) LLAMA_MODEL_CHAT_TEMPLATE.handle().invokeExact(model, name);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_model_meta_val_str(
      MemorySegment model, MemorySegment key, MemorySegment buffer, long size) {
    try {
      return (int) LLAMA_MODEL_META_VAL_STR.handle().invokeExact(model, key, buffer, size);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
