package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.NativeFunction.address;
import static dev.tsuku.llm.llama.abi.NativeFunction.pointer;
import static dev.tsuku.llm.llama.abi.NativeFunction.truth;
import static dev.tsuku.llm.llama.abi.NativeFunction.word;

import java.lang.foreign.MemorySegment;

/** Vocabularies. */
@SuppressWarnings("MemberName")
public final class VocabFunctions {

  private static final NativeFunction LLAMA_VOCAB_TYPE = new NativeFunction("llama_vocab_type");
  private static final NativeFunction LLAMA_VOCAB_N_TOKENS =
      new NativeFunction("llama_vocab_n_tokens");
  private static final NativeFunction LLAMA_VOCAB_GET_TEXT =
      new NativeFunction("llama_vocab_get_text");
  private static final NativeFunction LLAMA_VOCAB_GET_ATTR =
      new NativeFunction("llama_vocab_get_attr");
  private static final NativeFunction LLAMA_VOCAB_IS_EOG = new NativeFunction("llama_vocab_is_eog");
  private static final NativeFunction LLAMA_VOCAB_BOS = new NativeFunction("llama_vocab_bos");
  private static final NativeFunction LLAMA_VOCAB_EOS = new NativeFunction("llama_vocab_eos");
  private static final NativeFunction LLAMA_VOCAB_GET_ADD_BOS =
      new NativeFunction("llama_vocab_get_add_bos");
  private static final NativeFunction LLAMA_TOKENIZE = new NativeFunction("llama_tokenize");
  private static final NativeFunction LLAMA_TOKEN_TO_PIECE =
      new NativeFunction("llama_token_to_piece");

  private VocabFunctions() {}

  public static int llama_vocab_type(MemorySegment vocab) {
    return (int) LLAMA_VOCAB_TYPE.call(address(vocab));
  }

  public static int llama_vocab_n_tokens(MemorySegment vocab) {
    return (int) LLAMA_VOCAB_N_TOKENS.call(address(vocab));
  }

  public static MemorySegment llama_vocab_get_text(MemorySegment vocab, int token) {
    return pointer(LLAMA_VOCAB_GET_TEXT.call(address(vocab), token));
  }

  public static int llama_vocab_get_attr(MemorySegment vocab, int token) {
    return (int) LLAMA_VOCAB_GET_ATTR.call(address(vocab), token);
  }

  public static boolean llama_vocab_is_eog(MemorySegment vocab, int token) {
    return truth(LLAMA_VOCAB_IS_EOG.call(address(vocab), token));
  }

  public static int llama_vocab_bos(MemorySegment vocab) {
    return (int) LLAMA_VOCAB_BOS.call(address(vocab));
  }

  public static int llama_vocab_eos(MemorySegment vocab) {
    return (int) LLAMA_VOCAB_EOS.call(address(vocab));
  }

  public static boolean llama_vocab_get_add_bos(MemorySegment vocab) {
    return truth(LLAMA_VOCAB_GET_ADD_BOS.call(address(vocab)));
  }

  public static int llama_tokenize(
      MemorySegment vocab,
      MemorySegment text,
      int length,
      MemorySegment tokens,
      int max,
      boolean addSpecial,
      boolean parseSpecial) {
    return (int)
        LLAMA_TOKENIZE.call(
            address(vocab),
            address(text),
            length,
            address(tokens),
            max,
            word(addSpecial),
            word(parseSpecial));
  }

  public static int llama_token_to_piece(
      MemorySegment vocab,
      int token,
      MemorySegment buffer,
      int length,
      int lstrip,
      boolean special) {
    return (int)
        LLAMA_TOKEN_TO_PIECE.call(
            address(vocab), token, address(buffer), length, lstrip, word(special));
  }
}
