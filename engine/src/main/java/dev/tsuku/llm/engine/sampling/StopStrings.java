package dev.tsuku.llm.engine.sampling;

import java.util.List;

/**
 * Finds the first of some texts in an answer that comes piece by piece. What may turn out to be its
 * beginning is held back until that is decided, so that nobody is told a part of it. One for each
 * request.
 *
 * <p>The answer ends where the first of the texts is complete; if several are complete there, the
 * longest counts. How the answer was cut into pieces makes no difference.
 */
public final class StopStrings {

  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  /** Looks for these texts, none of them empty; none at all is allowed. */
  public StopStrings(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /**
   * Takes the next piece of the answer.
   *
   * @return what can be told now, possibly nothing
   */
  public String add(String piece) {
    if (stops.isEmpty() || piece.isEmpty()) {
      return piece;
    }
    int known = held.length();
    held.append(piece);
    for (int end = known + 1; end <= held.length(); end++) {
      int length = longestEndingAt(end);
      if (length > 0) {
        found = true;
        held.setLength(end - length);
        return rest();
      }
    }
    String told = held.substring(0, held.length() - heldBack());
    held.delete(0, told.length());
    return told;
  }

  /** Whether one of the texts has come; then the answer is at its end. */
  public boolean found() {
    return found;
  }

  /** What was held back; to be told when the answer ends otherwise. */
  public String rest() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  private int longestEndingAt(int end) {
    int longest = 0;
    for (String stop : stops) {
      int length = stop.length();
      if (length > longest && length <= end && matches(end - length, stop, length)) {
        longest = length;
      }
    }
    return longest;
  }

  /** Length of the longest end that one of the texts begins with. */
  private int heldBack() {
    for (int from = 0; from < held.length(); from++) {
      int length = held.length() - from;
      for (String stop : stops) {
        if (length < stop.length() && matches(from, stop, length)) {
          return length;
        }
      }
    }
    return 0;
  }

  private boolean matches(int from, String stop, int length) {
    for (int i = 0; i < length; i++) {
      if (held.charAt(from + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
