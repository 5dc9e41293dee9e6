package dev.tsuku.llm.grammar.regex;

import java.util.Random;

/**
 * Makes up patterns that mean the same to ECMA-262 and to {@link java.util.regex}, and texts in
 * which they may occur. Texts have no line ends, before the last of which Java's {@code $} matches,
 * and no characters of two units, between which Java's {@code \\B} does.
 */
final class RandomPatterns {

  private static final String[] CHARACTERS = {"a", "b", "-", "1", "é", "日"};
  private static final String[] SETS = {
    "a", "b", "-", "1", "é", "日", ".", "\\w", "\\d", "\\W", "[ab]", "[^a]", "[a-z1]", "[é-日]",
    "\\p{L}", "[^\\w-]"
  };
  private static final String[] TIMES = {"*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}", "*?"};
  private static final String[] TIMES_BEHIND = {"?", "{2}", "{0,2}", "{1,3}"};

  private final Random random;

  RandomPatterns(long seed) {
    this.random = new Random(seed);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(oneOf(CHARACTERS));
    }
    return text.toString();
  }

  String pattern() {
    String pattern = choice(2, false);
    return switch (random.nextInt(5)) {
      case 4 -> "^" + pattern + oneOf(SETS) + "{" + random.nextInt(3) + ",400}$";
      case 0 -> "^" + pattern;
      case 1 -> pattern + "$";
      case 2 -> "^(?:" + pattern + ")$";
      default -> pattern;
    };
  }

  private String choice(int depth, boolean isBehind) {
    StringBuilder choice = new StringBuilder(sequence(depth, isBehind));
    while (random.nextInt(4) == 0) {
      choice.append('|').append(sequence(depth, isBehind));
    }
    return choice.toString();
  }

  private String sequence(int depth, boolean isBehind) {
    StringBuilder sequence = new StringBuilder();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      sequence.append(part(depth, isBehind));
    }
    return sequence.toString();
  }

  /**
   * A part.
   *
   * @param isBehind whether it stands in look-behind: Java needs bounds there
   */
  private String part(int depth, boolean isBehind) {
    int kind = depth == 0 ? random.nextInt(6) : random.nextInt(14);
    return switch (kind) {
      case 0, 1, 2, 3 -> oneOf(SETS);
      case 4, 5 -> oneOf(SETS) + oneOf(isBehind ? TIMES_BEHIND : TIMES);
      case 6 -> "(?:" + choice(depth - 1, isBehind) + ")";
      case 7 ->
          // Java loses matches where a group of several times may be empty.
          "("
              + oneOf(SETS)
              + "(?:"
              + choice(depth - 1, isBehind)
              + "))"
              + (isBehind ? "" : oneOf(TIMES));
      case 8 -> "(?=" + choice(depth - 1, isBehind) + ")";
      case 9 -> "(?!" + choice(depth - 1, isBehind) + ")";
      case 10 -> "(?<=" + choice(depth - 1, true) + ")";
      case 11 -> "(?<!" + choice(depth - 1, true) + ")";
      case 12 -> random.nextBoolean() ? "\\b" : "\\B";
      default ->
          switch (random.nextInt(10)) {
            case 0, 1 -> "^";
            case 2, 3 -> "$";
            case 4 -> "(?:)";
            case 5 -> "(?=)";
            default -> oneOf(SETS);
          };
    };
  }

  private String oneOf(String[] all) {
    return all[random.nextInt(all.length)];
  }
}
