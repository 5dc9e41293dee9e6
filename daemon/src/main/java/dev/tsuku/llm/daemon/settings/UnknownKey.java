package dev.tsuku.llm.daemon.settings;

import java.util.Locale;
import java.util.Optional;

/**
 * A key in the table {@code [llm]} that is no setting of this program. It may be one of another
 * program, or one misspelt.
 *
 * @param name the key, on one line
 * @param line where it stands, from 1
 */
public record UnknownKey(String name, int line) {

  /** So many letters wrong, missing, too many or swapped still look like a slip. */
  private static final int SLIPS = 2;

  public UnknownKey {
    name = Problem.oneLine(name);
  }

  /** The key that was probably meant. */
  public Optional<String> suggestion() {
    String written = name.toLowerCase(Locale.ROOT);
    String best = "";
    int least = SLIPS + 1;
    for (Key key : Key.values()) {
      String known = key.fileKey().orElse("");
      boolean far = known.isEmpty() || Math.abs(written.length() - known.length()) > SLIPS;
      int distance = far ? least : distance(written, known);
      if (distance < least) {
        best = known;
        least = distance;
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** How many letters to replace, add, drop, or swap with the next one. */
  private static int distance(String one, String other) {
    int[][] costs = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        costs[i][j] = i == 0 || j == 0 ? i + j : cheapest(costs, one, other, i, j);
      }
    }
    return costs[one.length()][other.length()];
  }

  private static int cheapest(int[][] costs, String one, String other, int i, int j) {
    int replaced = costs[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
    int least = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
    boolean swapped =
        i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1);
    return swapped ? Math.min(least, 1 + costs[i - 2][j - 2]) : least;
  }
}
