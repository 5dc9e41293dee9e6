package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.List;

/**
 * Shortens the edges of a pattern next to which any text may stand: whatever contains {@code
 * a{2,9}b+} contains {@code a{2}b}. Without it, large bounds would become as many states.
 */
final class Trimmer {

  private Trimmer() {}

  /**
   * A pattern that matches within the same texts.
   *
   * @param start whether any text may stand before it
   * @param end whether any text may stand after it
   */
  static Regex trim(Regex regex, boolean start, boolean end) {
    return switch (regex) {
      case Regex.Repeat repeat when start || end -> repeat(repeat, start, end);
      case Regex.Choice choice ->
          new Regex.Choice(choice.parts().stream().map(part -> trim(part, start, end)).toList());
      case Regex.Sequence sequence when !sequence.parts().isEmpty() ->
          sequence(sequence, start, end);
      default -> regex;
    };
  }

  private static Regex repeat(Regex.Repeat repeat, boolean start, boolean end) {
    return switch (repeat.least()) {
      case 0 -> Regex.EMPTY;
      case 1 -> trim(repeat.part(), start, end);
      default -> new Regex.Repeat(repeat.part(), repeat.least(), repeat.least());
    };
  }

  private static Regex sequence(Regex.Sequence sequence, boolean start, boolean end) {
    List<Regex> parts = new ArrayList<>(sequence.parts());
    boolean isTrimmed = false;
    while (start && !isTrimmed && !parts.isEmpty()) {
      Regex first = trim(parts.removeFirst(), true, end && parts.isEmpty());
      isTrimmed = !first.equals(Regex.EMPTY);
      if (isTrimmed) {
        parts.addFirst(first);
      }
    }
    isTrimmed = false;
    while (end && !isTrimmed && !parts.isEmpty()) {
      Regex last = trim(parts.removeLast(), start && parts.isEmpty(), true);
      isTrimmed = !last.equals(Regex.EMPTY);
      if (isTrimmed) {
        parts.addLast(last);
      }
    }
    return Regex.sequence(parts);
  }

  /** Whether a pattern can match at the beginning of a text alone. */
  static boolean isAnchored(Regex regex) {
    return switch (regex) {
      case Regex.Start ignored -> true;
      case Regex.Choice choice -> choice.parts().stream().allMatch(Trimmer::isAnchored);
      case Regex.Repeat repeat -> repeat.least() > 0 && isAnchored(repeat.part());
      case Regex.Sequence sequence ->
          sequence.parts().stream()
              .dropWhile(Regex.Look.class::isInstance)
              .findFirst()
              .map(Trimmer::isAnchored)
              .orElse(false);
      default -> false;
    };
  }
}
