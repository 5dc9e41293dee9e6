package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Refuses a header whose vocabulary would make llama.cpp v0.4.0 end the process, or throw where
 * nobody can catch: out of a call made while tokenizing.
 */
final class TokenizerCheck {

  /** Tokenizers that fail on a byte for which there is no token. */
  private static final Set<String> NEED_BYTES = Set.of("llama", "plamo2");

  /** Tokenizers of models that do not write. */
  private static final Set<String> ENCODERS = Set.of("bert", "t5");

  private static final Set<String> NONE = Set.of("no_vocab", "none");
  private static final long NO_TOKEN = 0xffff_ffffL;

  private final GgufHeader header;

  private TokenizerCheck(GgufHeader header) {
    this.header = header;
  }

  static void run(GgufHeader header) {
    TokenizerCheck check = new TokenizerCheck(header);
    VocabularyScan vocabulary = check.vocabulary();
    check.distinct(vocabulary);
    check.bytes(vocabulary);
    check.parallel(Keys.SCORES, GgufType.F32);
    check.parallel(Keys.TOKEN_TYPES, GgufType.I32);
    check.merges();
    check.token("tokenizer.ggml.bos_token_id");
    check.token("tokenizer.ggml.eos_token_id");
  }

  private String tokenizer() {
    return header.string(Keys.TOKENIZER).orElse("");
  }

  private VocabularyScan vocabulary() {
    if (ENCODERS.contains(tokenizer())) {
      throw GgufHeader.refusal(
          Kind.UNSUPPORTED,
          header.file(),
          "has the tokenizer '%s' of models that do not write. Name a model that writes text."
              .formatted(tokenizer()));
    }
    VocabularyScan vocabulary = header.contents().vocabulary();
    if (vocabulary == null || vocabulary.size() == 0 || NONE.contains(tokenizer())) {
      throw GgufHeader.refusal(
          Kind.UNSUPPORTED,
          header.file(),
          "holds no vocabulary, so text cannot be given to it. Get a complete file.");
    }
    if (tokenizer().isEmpty()) {
      throw damaged(Keys.TOKENIZER, "is missing");
    }
    return vocabulary;
  }

  private void distinct(VocabularyScan vocabulary) {
    if (vocabulary.duplicate() >= 0) {
      throw damaged(Keys.TOKENS, "holds token %d twice".formatted(vocabulary.duplicate()));
    }
  }

  private void bytes(VocabularyScan vocabulary) {
    if (NEED_BYTES.contains(tokenizer()) && vocabulary.missingByte() >= 0) {
      throw damaged(
          Keys.TOKENS, "has no token for the byte <0x%02X>".formatted(vocabulary.missingByte()));
    }
  }

  private void parallel(String key, GgufType elements) {
    if (!header.contents().metadata().containsKey(key)) {
      return;
    }
    Optional<GgufValue.Array> array = header.contents().array(key);
    if (array.isEmpty()
        || (array.get().elements() != elements && array.get().elements() != GgufType.I32)) {
      throw damaged(key, "is not an array of " + elements);
    }
    if (array.get().length() < header.vocabularySize()) {
      throw damaged(
          key,
          "has %d elements for %d tokens".formatted(array.get().length(), header.vocabularySize()));
    }
  }

  private void merges() {
    if (!header.contents().metadata().containsKey(Keys.MERGES)) {
      return;
    }
    if (header.contents().array(Keys.MERGES).map(GgufValue.Array::elements).orElse(GgufType.U8)
        != GgufType.STRING) {
      throw damaged(Keys.MERGES, "is not an array of texts");
    }
  }

  private void token(String key) {
    OptionalLong id = header.number(key);
    if (id.isPresent()
        && id.getAsLong() != NO_TOKEN
        && (id.getAsLong() < -1 || id.getAsLong() >= header.vocabularySize())) {
      throw damaged(
          key,
          "is %d, but there are only %d tokens".formatted(id.getAsLong(), header.vocabularySize()));
    }
  }

  private ModelException damaged(String key, String what) {
    return GgufHeader.refusal(
        Kind.DAMAGED, header.file(), "is damaged: %s %s. Download it again.".formatted(key, what));
  }
}
