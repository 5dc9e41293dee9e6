package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Some texts that automata allow, as they stand between quotes, the shortest of each first. */
final class Examples implements Iterator<String> {

  /** How many are made with one automaton. */
  static final int EACH = 12;

  /**
   * An automaton, and where one is in it.
   *
   * @param least fewest characters that are missing
   * @param most the most of them
   */
  record Source(Dfa texts, int state, int least, int most) {}

  private final Iterator<String> first;
  private final Iterator<Source> sources;
  private final String behind;
  private @Nullable Source source;
  private int length;
  private @Nullable String next;

  /**
   * Texts of some automata.
   *
   * @param behind what stands behind each
   */
  Examples(List<Source> sources, String behind) {
    this(List.of(), sources, behind);
  }

  /** The same behind other texts, which stand as they are. */
  Examples(List<String> first, List<Source> sources, String behind) {
    this.first = first.iterator();
    this.sources = sources.iterator();
    this.behind = behind;
  }

  /** Texts of one automaton, of any length. */
  static Examples of(Dfa texts, int state, String behind) {
    return new Examples(List.of(new Source(texts, state, 0, Dfa.UNBOUNDED)), behind);
  }

  @Override
  public boolean hasNext() {
    if (next == null && first.hasNext()) {
      next = first.next();
    }
    while (next == null && (source != null || sources.hasNext())) {
      if (source == null) {
        source = sources.next();
        length = source.least();
      }
      byte[] example =
          length < source.least() + EACH && length <= source.most()
              ? source.texts().shortest(source.state(), length, source.most())
              : null;
      if (example == null) {
        source = null;
      } else {
        // What a character lacks is no text; so bytes are taken for characters until the end.
        next = Text.escaped(example) + behind;
        // Fewer characters than that are never enough.
        length = Math.max(length, source.texts().leastChars(source.state())) + 1;
      }
    }
    return next != null;
  }

  @Override
  public String next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    String taken = next;
    next = null;
    return taken;
  }
}
