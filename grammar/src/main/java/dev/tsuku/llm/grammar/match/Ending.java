package dev.tsuku.llm.grammar.match;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a value that was begun can be ended: a short way, nearly always the shortest. What was found
 * is kept with the places on the way, so that asking again behind every token costs little.
 *
 * @param bytes how many bytes are missing
 * @param text the first of them, a char a byte
 * @param then where they lead; null at the end
 */
public record Ending(int bytes, String text, @Nullable Position then) {

  /** Places that are tried before it is said that there is no way. */
  private static final int MOST_TRIED = 20_000;

  /** Longer values are never asked for. */
  private static final int MOST_BYTES = 4 << 20;

  /** A place on the way, and what was not tried there yet. */
  private record Step(Position at, String text, Iterator<String> ways) {}

  /** A way to the end; empty if none is found. */
  public static Optional<Ending> of(Position from) {
    if (from.ending == null) {
      find(from);
    }
    return Optional.ofNullable(from.ending);
  }

  /** All that is missing. */
  public byte[] all() {
    ByteArrayOutputStream all = new ByteArrayOutputStream(bytes);
    Ending at = this;
    while (true) {
      all.writeBytes(at.text.getBytes(StandardCharsets.ISO_8859_1));
      Position then = at.then;
      if (then == null || then.ending == null) {
        return all.toByteArray();
      }
      at = then.ending;
    }
  }

  private static void find(Position from) {
    Deque<Step> way = new ArrayDeque<>();
    Set<Position> tried = new HashSet<>();
    way.push(new Step(from, "", from.ways().iterator()));
    int length = 0;
    while (!way.isEmpty() && tried.size() < MOST_TRIED && length < MOST_BYTES) {
      Step step = way.getFirst();
      if (step.at().ending != null || step.at().isComplete()) {
        keep(way);
        return;
      }
      if (!step.ways().hasNext()) {
        way.pop();
        length -= step.text().length();
        continue;
      }
      Reached reached = follow(step.at(), step.ways().next());
      if (reached != null && tried.add(reached.at())) {
        length += reached.text().length();
        way.push(new Step(reached.at(), reached.text(), reached.at().ways().iterator()));
      }
    }
  }

  private record Reached(Position at, String text) {}

  private static @Nullable Reached follow(Position from, String text) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Position at = from;
    for (byte signed : text.getBytes(StandardCharsets.ISO_8859_1)) {
      int b = signed & 0xff;
      Position next = at.next(b);
      if (next == null) {
        // Where one space was written, all others have to be.
        Position spaced = at.next(' ');
        next = spaced == null ? null : spaced.next(b);
        written.write(' ');
      }
      if (next == null) {
        return null;
      }
      written.write(b);
      at = next;
    }
    return new Reached(at, written.toString(StandardCharsets.ISO_8859_1));
  }

  private static void keep(Deque<Step> way) {
    Step last = way.pop();
    Position at = last.at();
    if (at.ending == null) {
      at.ending = new Ending(0, "", null);
    }
    String text = last.text();
    while (!way.isEmpty()) {
      Step before = way.pop();
      Ending behind = at.ending;
      if (behind != null) {
        before.at().ending = new Ending(behind.bytes() + text.length(), text, at);
      }
      at = before.at();
      text = before.text();
    }
  }
}
