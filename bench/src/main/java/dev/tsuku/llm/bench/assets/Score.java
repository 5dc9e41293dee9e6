package dev.tsuku.llm.bench.assets;

import dev.tsuku.llm.recipe.Recipe;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Counts right answers of one answerer. Not thread-safe. */
final class Score {

  private static final int MOST_CONFUSIONS = 12;

  private final String name;
  private final Map<String, int[]> fields = new TreeMap<>();
  private final Map<String, int[]> habits = new TreeMap<>();
  private final Map<String, Integer> confusions = new HashMap<>();
  private int cases;
  private int valid;
  private int exact;

  Score(String name) {
    this.name = name;
  }

  /**
   * Adds an answer; the executable counts where there is one.
   *
   * @param answer empty if it was no valid call
   */
  void add(AssetCase expected, Optional<Recipe> answer) {
    cases++;
    List<Recipe.Mapping> given = answer.map(Recipe::mappings).orElse(List.of());
    valid += answer.isPresent() ? 1 : 0;
    boolean isExact =
        given.size() == expected.mappings().size()
            && new HashSet<>(given).equals(new HashSet<>(expected.mappings()));
    exact += isExact ? 1 : 0;
    count(habits, expected.habit(), isExact);
    Map<String, Recipe.Mapping> byPlatform = new HashMap<>();
    given.forEach(it -> byPlatform.putIfAbsent(it.platform(), it));
    for (Recipe.Mapping wanted : expected.mappings()) {
      Optional<Recipe.Mapping> found = Optional.ofNullable(byPlatform.remove(wanted.platform()));
      count(fields, "platform", found.isPresent());
      count(fields, "asset", found.filter(it -> it.asset().equals(wanted.asset())).isPresent());
      count(fields, "format", found.filter(it -> it.format().equals(wanted.format())).isPresent());
      confuse(expected, wanted, found);
    }
    byPlatform.keySet().forEach(extra -> confusions.merge("extra " + extra, 1, Integer::sum));
    answer
        .map(Recipe::executable)
        .filter(it -> !it.isEmpty())
        .ifPresent(it -> count(fields, "executable", it.equals(expected.executable())));
  }

  private void confuse(AssetCase expected, Recipe.Mapping wanted, Optional<Recipe.Mapping> found) {
    String where = wanted.platform();
    if (found.isEmpty()) {
      confusions.merge("missing " + where, 1, Integer::sum);
    } else if (!found.get().asset().equals(wanted.asset())) {
      String taken =
          expected.mappings().stream()
              .filter(it -> it.asset().equals(found.get().asset()))
              .findFirst()
              .map(it -> "the file for " + it.platform())
              .orElse("a file for none");
      confusions.merge(where + " given " + taken, 1, Integer::sum);
    } else if (!found.get().format().equals(wanted.format())) {
      confusions.merge(
          "format " + wanted.format() + " called " + found.get().format(), 1, Integer::sum);
    }
  }

  /** The counts as text, with a final line end. */
  String report() {
    StringBuilder out = new StringBuilder();
    out.append(line(name + ": exact mappings", new int[] {exact, cases}));
    out.append(line("  valid call", new int[] {valid, cases}));
    fields.forEach((field, counts) -> out.append(line("  " + field, counts)));
    habits.forEach((habit, counts) -> out.append(line("  exact, " + habit, counts)));
    confusions.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(MOST_CONFUSIONS)
        .forEach(it -> out.append("  %5d times %s%n".formatted(it.getValue(), it.getKey())));
    return out.toString();
  }

  private static String line(String label, int[] counts) {
    return String.format(
        Locale.ROOT,
        "%-56s %4d of %4d  %5.1f %%%n",
        label,
        counts[0],
        counts[1],
        counts[1] == 0 ? 0 : 100.0 * counts[0] / counts[1]);
  }

  private static void count(Map<String, int[]> counts, String key, boolean isRight) {
    int[] pair = counts.computeIfAbsent(key, it -> new int[2]);
    pair[0] += isRight ? 1 : 0;
    pair[1]++;
  }
}
