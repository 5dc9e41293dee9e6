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
 * known with the first line after that, or at the end. Not thread-safe.
 */
final class Repeats {

  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** Lines that are remembered; others are older. */
  private static final int MAX_LINES = 64;

  private record Seen(Instant first, int again) {}

  /** By line, the oldest first. */
  private final Map<String, Seen> seen = new LinkedHashMap<>();

  /** What to write when {@code line} comes, in this order. */
  List<String> of(String line, Instant now) {
    List<String> write = new ArrayList<>();
    Iterator<Map.Entry<String, Seen>> oldest = seen.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<String, Seen> entry = oldest.next();
      if (entry.getValue().first().plus(WINDOW).isAfter(now) && seen.size() < MAX_LINES) {
        break;
      }
      addCount(entry.getKey(), entry.getValue(), write);
      oldest.remove();
    }
    Seen before = seen.get(line);
    if (before == null) {
      seen.put(line, new Seen(now, 0));
      write.add(line);
    } else {
      seen.put(line, new Seen(before.first(), before.again() + 1));
    }
    return write;
  }

  /** What there is to write at the end. */
  List<String> rest() {
    List<String> write = new ArrayList<>();
    seen.forEach((line, count) -> addCount(line, count, write));
    seen.clear();
    return write;
  }

  private static void addCount(String line, Seen count, List<String> write) {
    if (count.again() > 0) {
      write.add(line + " … repeated " + count.again() + (count.again() == 1 ? " time" : " times"));
    }
  }
}
