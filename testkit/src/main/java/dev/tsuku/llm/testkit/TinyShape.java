package dev.tsuku.llm.testkit;

/**
 * The size of a {@link TinyGguf}.
 *
 * @param layers at least 1
 * @param embedding the width; a multiple of twice the heads
 * @param heads attention heads
 * @param keyValueHeads of them, those with keys and values of their own; divides {@code heads}
 * @param feedForward the width of the feed-forward networks, where the time goes
 * @param context how many tokens the model claims to have been trained for
 */
public record TinyShape(
    int layers, int embedding, int heads, int keyValueHeads, int feedForward, int context) {

  /** Loads and answers in milliseconds. */
  public static final TinyShape SMALL = new TinyShape(2, 64, 4, 2, 96, 512);

  /** About 100 MB of weights to go through for each token: some 5 ms on a small machine. */
  public static final TinyShape SLOW = new TinyShape(2, 512, 8, 8, 8192, 8192);

  public TinyShape {
    if (layers < 1
        || heads < 1
        || keyValueHeads < 1
        || heads % keyValueHeads != 0
        || embedding < 1
        || embedding % (2 * heads) != 0
        || feedForward < 1
        || context < 1) {
      throw new IllegalArgumentException(
          "no model has %d layers, width %d, %d heads and %d key-value heads"
              .formatted(layers, embedding, heads, keyValueHeads));
    }
  }

  /** The same with another context length. */
  public TinyShape withContext(int tokens) {
    return new TinyShape(layers, embedding, heads, keyValueHeads, feedForward, tokens);
  }

  /** The same, at least so wide. */
  TinyShape atLeast(int width) {
    int step = 2 * heads;
    int wide = Math.max(embedding, (width + step - 1) / step * step);
    return new TinyShape(layers, wide, heads, keyValueHeads, feedForward, context);
  }

  /** The width of keys, and of values. */
  int keyValueWidth() {
    return embedding / heads * keyValueHeads;
  }
}
