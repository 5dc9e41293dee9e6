package dev.tsuku.llm.models;

/** The metadata keys that are looked at; {@link GgufHeader} puts the architecture before others. */
final class Keys {

  static final String ALIGNMENT = "general.alignment";
  static final String ARCHITECTURE = "general.architecture";
  static final String NAME = "general.name";
  static final String TYPE = "general.type";

  static final String SPLIT_COUNT = "split.count";
  static final String SPLIT_NUMBER = "split.no";
  static final String SPLIT_TENSORS = "split.tensors.count";

  static final String CHAT_TEMPLATE = "tokenizer.chat_template";
  static final String MERGES = "tokenizer.ggml.merges";
  static final String SCORES = "tokenizer.ggml.scores";
  static final String TOKENIZER = "tokenizer.ggml.model";
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String TOKEN_TYPES = "tokenizer.ggml.token_type";

  private Keys() {}
}
