package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** Vocabularies. */
@SuppressWarnings("MemberName")
public final class VocabFunctions {

  private static final NativeFunction LLAMA_VOCAB_TYPE =
      NativeFunction.of("llama_vocab_type", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_VOCAB_N_TOKENS =
      NativeFunction.of("llama_vocab_n_tokens", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_VOCAB_GET_TEXT =
      NativeFunction.of("llama_vocab_get_text", ADDRESS, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_VOCAB_GET_ATTR =
      NativeFunction.of("llama_vocab_get_attr", JAVA_INT, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_VOCAB_IS_EOG =
      NativeFunction.of("llama_vocab_is_eog", JAVA_BOOLEAN, ADDRESS, JAVA_INT);
  private static final NativeFunction LLAMA_VOCAB_BOS =
      NativeFunction.of("llama_vocab_bos", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_VOCAB_EOS =
      NativeFunction.of("llama_vocab_eos", JAVA_INT, ADDRESS);
  private static final NativeFunction LLAMA_VOCAB_GET_ADD_BOS =
      NativeFunction.of("llama_vocab_get_add_bos", JAVA_BOOLEAN, ADDRESS);
  private static final NativeFunction LLAMA_TOKENIZE =
      NativeFunction.of(
          "llama_tokenize",
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_BOOLEAN,
          JAVA_BOOLEAN);
  private static final NativeFunction LLAMA_TOKEN_TO_PIECE =
      NativeFunction.of(
          "llama_token_to_piece",
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          JAVA_BOOLEAN);

  private VocabFunctions() {}

  public static int llama_vocab_type(MemorySegment vocab) {
    try {
      return (int) LLAMA_VOCAB_TYPE.handle().invokeExact(vocab);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_vocab_n_tokens(MemorySegment vocab) {
    try {
      return (int) LLAMA_VOCAB_N_TOKENS.handle().invokeExact(vocab);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static MemorySegment llama_vocab_get_text(MemorySegment vocab, int token) {
    try {
      return (MemorySegment) LLAMA_VOCAB_GET_TEXT.handle().invokeExact(vocab, token);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_vocab_get_attr(MemorySegment vocab, int token) {
    try {
      return (int) LLAMA_VOCAB_GET_ATTR.handle().invokeExact(vocab, token);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static boolean llama_vocab_is_eog(MemorySegment vocab, int token) {
    try {
      return (boolean) LLAMA_VOCAB_IS_EOG.handle().invokeExact(vocab, token);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_vocab_bos(MemorySegment vocab) {
    try {
      return (int) LLAMA_VOCAB_BOS.handle().invokeExact(vocab);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_vocab_eos(MemorySegment vocab) {
    try {
      return (int) LLAMA_VOCAB_EOS.handle().invokeExact(vocab);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static boolean llama_vocab_get_add_bos(MemorySegment vocab) {
    try {
      return (boolean) LLAMA_VOCAB_GET_ADD_BOS.handle().invokeExact(vocab);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_tokenize(
      MemorySegment vocab,
      MemorySegment text,
      int length,
      MemorySegment tokens,
      int max,
      boolean addSpecial,
      boolean parseSpecial) {
    try {
      return (int)
          LLAMA_TOKENIZE
              .handle()
              .invokeExact(vocab, text, length, tokens, max, addSpecial, parseSpecial);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }

  public static int llama_token_to_piece(
      MemorySegment vocab,
      int token,
      MemorySegment buffer,
      int length,
      int lstrip,
      boolean special) {
    try {
      return (int)
          LLAMA_TOKEN_TO_PIECE.handle().invokeExact(vocab, token, buffer, length, lstrip, special);
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
