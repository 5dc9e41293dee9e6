package dev.tsuku.llm.bench;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Patterns of {@link HostileSchemas}: those that take exponentially long, or simply long. */
final class HostilePatterns {

  private HostilePatterns() {}

  private static String repeated(int times, Function<Integer, String> one) {
    return IntStream.range(0, times).mapToObj(one::apply).collect(Collectors.joining());
  }

  /** {@code ((a+b*)+c?)*} and so on. */
  static String nestedQuantifiers(Random random) {
    String pattern = "" + HostileSchemas.letter(random);
    int depth = 20 + random.nextInt(70);
    for (int i = 0; i < depth; i++) {
      pattern =
          "("
              + pattern
              + "+"
              + HostileSchemas.letter(random)
              + "?)"
              + "*+?".charAt(random.nextInt(3));
    }
    return "^" + pattern + "$";
  }

  static String nestedAlternatives(Random random) {
    String pattern = "" + HostileSchemas.letter(random);
    int depth = 5 + random.nextInt(9);
    for (int i = 0; i < depth; i++) {
      pattern =
          "("
              + pattern
              + "|"
              + pattern
              + HostileSchemas.letter(random)
              + "|[^"
              + HostileSchemas.letter(random)
              + "])*";
      if (pattern.length() > 15_000) {
        break;
      }
    }
    return "^" + pattern + "$";
  }

  /** 2 to the power of the count is the number of states. */
  static String fromTheEnd(Random random) {
    char letter = HostileSchemas.letter(random);
    return "^("
        + letter
        + "|"
        + HostileSchemas.letter(random)
        + ")*"
        + letter
        + ".{"
        + (12 + random.nextInt(50))
        + "}$";
  }

  static String nestedLooks(Random random) {
    int depth = 10 + random.nextInt(80);
    List<String> kinds = List.of("(?=", "(?!", "(?<=", "(?<!");
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      pattern
          .append(kinds.get(random.nextInt(4)))
          .append(".*")
          .append(HostileSchemas.letter(random));
    }
    return pattern + ")".repeat(depth) + ".*";
  }

  static String manyLooks(Random random) {
    int count = 8 + random.nextInt(60);
    return "^"
        + repeated(
            count,
            i ->
                (random.nextBoolean() ? "(?=" : "(?!")
                    + ".*"
                    + HostileSchemas.letter(random)
                    + ".{0,"
                    + random.nextInt(5)
                    + "}"
                    + HostileSchemas.letter(random)
                    + ")")
        + ".*$";
  }

  static String longLookBehinds(Random random) {
    return "^("
        + repeated(
            5 + random.nextInt(20),
            i ->
                ".(?<"
                    + (random.nextBoolean() ? "=" : "!")
                    + HostileSchemas.letter(random)
                    + ".{"
                    + i
                    + "})")
        + ")*$";
  }

  static String nestedCounts(Random random) {
    int count = 20 + random.nextInt(300);
    return "^(("
        + HostileSchemas.letter(random)
        + "{1,"
        + count
        + "}"
        + HostileSchemas.letter(random)
        + "?){1,"
        + count
        + "}-?){1,"
        + count
        + "}$";
  }

  static String countsBetween(Random random) {
    return "^"
        + repeated(
            10 + random.nextInt(60),
            i ->
                "[a-"
                    + HostileSchemas.letter(random)
                    + "\\d]{"
                    + random.nextInt(50)
                    + ","
                    + (50 + random.nextInt(400))
                    + "}")
        + "$";
  }

  private static final List<String> CLASSES =
      List.of(
          "\\p{L}",
          "\\p{Lu}",
          "\\p{N}",
          "\\P{L}",
          "\\p{Script=Greek}",
          "\\w",
          "\\S",
          "[^\\p{Ll}\\s]");

  private static String classOf(Random random) {
    return CLASSES.get(random.nextInt(CLASSES.size()));
  }

  static String unicodeClasses(Random random) {
    return "^("
        + repeated(
            3 + random.nextInt(12),
            i ->
                classOf(random)
                    + "{1,"
                    + (2 + random.nextInt(40))
                    + "}"
                    + HostileSchemas.letter(random)
                    + "?")
        + ")+$";
  }

  static String unicodeAndLook(Random random) {
    return "^"
        + repeated(
            2 + random.nextInt(8), i -> "(?=.*" + classOf(random) + ".*" + classOf(random) + ")")
        + "[\\p{L}\\p{N} _-]{"
        + (1 + random.nextInt(20))
        + ","
        + (30 + random.nextInt(200))
        + "}$";
  }

  static String longPattern(Random random) {
    return "^(" + repeated(100_000, i -> HostileSchemas.letters(random, 9) + "|") + "x)$";
  }
}
