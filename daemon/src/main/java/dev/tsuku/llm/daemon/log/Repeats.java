package dev.tsuku.llm.daemon.log;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets the same line into a log once in ten seconds, and counts it in between. How often it came is
 * known with the first line after that, or at the end. Lines that differ only in the number of a
 * request are the same. Not thread-safe.
 */
final class Repeats {

  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** Lines that are remembered; others are older. */
  private static final int MAX_LINES = 64;

  /**
   * One line.
   *
   * @param text what is written
   * @param same what it has in common with its repetitions
   * @param request the number of its request; empty if it names none
   */
  record Line(String text, String same, String request) {

    /** A line of no request. */
    static Line of(String text) {
      return new Line(text, text, "");
    }
  }

  private record Seen(Line line, Instant first, int again, String lastRequest) {}

  /** By what repetitions have in common, the oldest first. */
  private final Map<String, Seen> seen = new LinkedHashMap<>();

  /** What to write when {@code line} comes, in this order. */
  List<String> of(Line line, Instant now) {
    List<String> write = new ArrayList<>();
    Iterator<Seen> oldest = seen.values().iterator();
    while (oldest.hasNext()) {
      Seen entry = oldest.next();
      if (entry.first().plus(WINDOW).isAfter(now) && seen.size() < MAX_LINES) {
        break;
      }
      addCount(entry, write);
      oldest.remove();
    }
    Seen before = seen.get(line.same());
    if (before == null) {
      seen.put(line.same(), new Seen(line, now, 0, ""));
      write.add(line.text());
    } else {
      seen.put(
          line.same(), new Seen(before.line(), before.first(), before.again() + 1, line.request()));
    }
    return write;
  }

  /** What there is to write at the end. */
  List<String> rest() {
    List<String> write = new ArrayList<>();
    seen.values().forEach(entry -> addCount(entry, write));
    seen.clear();
    return write;
  }

  private static void addCount(Seen entry, List<String> write) {
    if (entry.again() > 0) {
      write.add(
          entry.line().text()
              + " … repeated "
              + entry.again()
              + (entry.again() == 1 ? " time" : " times")
              + (entry.lastRequest().isEmpty() ? "" : ", last for " + entry.lastRequest()));
    }
  }
}
