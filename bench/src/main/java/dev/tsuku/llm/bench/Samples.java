package dev.tsuku.llm.bench;

import java.util.Arrays;
import java.util.Locale;

/** Measured values of one kind, at least one. Immutable. */
final class Samples {

  private final double[] sorted;

  Samples(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("there are no samples");
    }
    sorted = values.clone();
    Arrays.sort(sorted);
  }

  double median() {
    return percentile(50);
  }

  /** Linear between the two nearest values. */
  double percentile(double percent) {
    double place = percent / 100 * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  double min() {
    return sorted[0];
  }

  double max() {
    return sorted[sorted.length - 1];
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.2f [%.2f .. %.2f]", median(), min(), max());
  }
}
