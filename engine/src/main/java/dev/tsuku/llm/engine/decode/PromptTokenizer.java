package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.template.PromptPiece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rendered prompt becomes tokens: the format's own text with its special tokens, everything else
 * as text, joined in order behind the vocabulary's start token. Belongs to the decode thread, as
 * the vocabulary does.
 */
final class PromptTokenizer {

  private final Vocabulary vocabulary;

  PromptTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** The prompt's tokens; none at all if there are no pieces and the vocabulary has no start. */
  int[] tokenize(List<PromptPiece> pieces) {
    List<int[]> parts = new ArrayList<>();
    for (PromptPiece piece : pieces) {
      SpecialTokens special =
          switch (piece.origin()) {
            case FORMAT -> SpecialTokens.PARSED;
            case CONTENT -> SpecialTokens.TEXT;
          };
      parts.add(vocabulary.tokenize(piece.text(), special, parts.isEmpty()));
    }
    vocabulary
        .startToken()
        .ifPresent(
            start -> {
              // Some templates write the start token themselves; one is enough.
              boolean there =
                  !parts.isEmpty() && parts.getFirst().length > 0 && parts.getFirst()[0] == start;
              if (!there) {
                parts.addFirst(new int[] {start});
              }
            });
    return parts.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
