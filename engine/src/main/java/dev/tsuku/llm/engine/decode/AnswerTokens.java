package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.Vocabulary;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What the tokens of answers stand for, asked of the vocabulary once for each token: answers use a
 * few thousand of them again and again, and each question is a call or two of native code. Belongs
 * to the decode thread.
 */
final class AnswerTokens {

  private final Vocabulary vocabulary;
  private final byte[] @Nullable [] bytes;
  private final BitSet ends = new BitSet();

  AnswerTokens(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.bytes = new byte[vocabulary.size()][];
  }

  /**
   * As {@link Vocabulary#bytes}.
   *
   * @return not to be written to
   */
  byte[] bytes(int token) {
    byte[] known = bytes[token];
    if (known == null) {
      known = vocabulary.bytes(token);
      if (vocabulary.endsGeneration(token)) {
        ends.set(token);
      }
      bytes[token] = known;
    }
    return known;
  }

  /** As {@link Vocabulary#endsGeneration}. */
  boolean endsGeneration(int token) {
    if (bytes[token] == null) {
      bytes(token);
    }
    return ends.get(token);
  }
}
