package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * All that is computed from a vocabulary and from nothing else, so that it can be kept for as long
 * as the vocabulary stays the same.
 *
 * @param texts the tokens that stand for text
 * @param ends the tokens with which a model ends its answers
 */
public record VocabularyTables(TextTokens texts, List<Integer> ends) {

  /**
   * The form in which tables are written. It must be raised with each change of what is written or
   * of how it is computed, because tables of another form are made anew.
   */
  public static final int FORMAT = 1;

  public VocabularyTables {
    ends = List.copyOf(ends);
  }

  /** Writes all of it, and its checksum. */
  public void writeTo(TableWriter out) throws IOException {
    texts.writeTo(out);
    out.ints(ends.stream().mapToInt(Integer::intValue).toArray());
    out.finish();
  }

  /**
   * Reads to the end what {@link #writeTo} has written.
   *
   * @throws IOException if that is something else, or damaged
   */
  public static VocabularyTables readFrom(TableReader in) throws IOException {
    TextTokens texts = TextTokens.readFrom(in);
    int[] ends = in.ints();
    in.finish();
    return new VocabularyTables(texts, Arrays.stream(ends).boxed().toList());
  }
}
