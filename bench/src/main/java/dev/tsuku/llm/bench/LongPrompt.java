package dev.tsuku.llm.bench;

import dev.tsuku.llm.models.ModelFile;

/** How long a long prompt can be. */
final class LongPrompt {

  /** What is left of a context for the format, longer words, and an answer. */
  private static final double SHARE = 0.6;

  private LongPrompt() {}

  /** So many words, or fewer for a model that was trained for less. */
  static int words(ModelFile model, int wanted) {
    long context = model.header().contextLength().orElse(Integer.MAX_VALUE);
    int words = (int) Math.min(wanted, context * SHARE);
    if (words < wanted) {
      System.out.printf(
          "%,d words and not %,d: the model was trained for %,d tokens%n", words, wanted, context);
    }
    return words;
  }
}
