package dev.tsuku.llm.models;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Puts the names first that a user may have meant. */
final class NearNames {

  private NearNames() {}

  static List<String> sorted(String wanted, List<String> names) {
    String folded = wanted.toLowerCase(Locale.ROOT);
    return names.stream()
        .sorted(
            Comparator.<String>comparingInt(name -> distance(folded, name.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** How many letters must be added, removed or changed to make one of the other. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
