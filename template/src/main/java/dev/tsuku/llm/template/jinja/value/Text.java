package dev.tsuku.llm.template.jinja.value;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A string that knows, for each of its characters, whether the template wrote it or whether it came
 * from the conversation: content. What is made of texts keeps the marks of the characters that
 * survive.
 *
 * <p>Marks are run lengths: runs of template and content alternate, {@code ends} says where each
 * one ends. A text of one origin has no runs and costs nothing extra. Two texts set side by side
 * are joined only when somebody looks, so that a template may add to a string a thousand times.
 *
 * <p>Equality is that of the characters. A joined text belongs to the thread of its rendering until
 * it is {@linkplain #string looked at}; all others are immutable.
 */
public final class Text implements Value {

  private static final int[] ONE_ORIGIN = {};

  /** Nothing. */
  public static final Text EMPTY = format("");

  /** A stretch of one origin. */
  @FunctionalInterface
  public interface Run {
    void accept(int from, int to, boolean content);
  }

  private final int length;
  private final boolean markup;
  private @Nullable String chars;
  private int[] ends;
  private boolean content;
  private @Nullable Halves halves;

  /** What is not joined yet, and who pays for the joining. */
  private record Halves(Text left, Text right, Budget budget) {}

  private Text(int length, @Nullable String chars, int[] ends, boolean content, boolean markup) {
    this.length = length;
    this.chars = chars;
    this.ends = ends;
    this.content = content;
    this.markup = markup;
  }

  /** What the template wrote. */
  public static Text format(String chars) {
    return new Text(chars.length(), chars, ONE_ORIGIN, false, false);
  }

  /** What came from the conversation. */
  public static Text content(String chars) {
    return new Text(chars.length(), chars, ONE_ORIGIN, true, false);
  }

  /** A text of one origin. */
  public static Text of(String chars, boolean content) {
    return content ? content(chars) : format(chars);
  }

  /** Runs end where {@code ends} says; the first is content or not, then they alternate. */
  static Text ofRuns(String chars, int[] ends, boolean firstIsContent) {
    return new Text(
        chars.length(), chars, ends.length > 1 ? ends : ONE_ORIGIN, firstIsContent, false);
  }

  /** This and another one behind it. */
  public Text plus(Text more, Budget budget) {
    budget.step();
    if (more.length == 0) {
      return this;
    }
    if (length == 0) {
      return more;
    }
    Text both =
        new Text(budget.requireLength((long) length + more.length), null, ONE_ORIGIN, false, false);
    both.halves = new Halves(this, more, budget);
    return both;
  }

  /** The characters. */
  public String string() {
    if (chars == null) {
      join();
    }
    return Objects.requireNonNull(chars);
  }

  /** How many UTF-16 units it has. */
  public int length() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /** Whether any of it came from the conversation. */
  public boolean hasContent() {
    string();
    return length > 0 && (content || ends.length > 0);
  }

  /**
   * Whether it counts as markup: added to other strings, it makes them escape what means something
   * in HTML. Few templates want that, but those that do render differently without.
   */
  public boolean isMarkup() {
    return markup;
  }

  /** The same text, counting as markup. */
  public Text toMarkup() {
    return new Text(length, string(), ends, content, true);
  }

  /** The part between two UTF-16 indexes. */
  public Text slice(int from, int to, Budget budget) {
    if (from >= to) {
      return EMPTY;
    }
    if (from == 0 && to == length) {
      return this;
    }
    Text part = new TextBuilder(budget).append(this, from, to).build();
    return markup ? part.toMarkup() : part;
  }

  /** The text with its characters changed, run by run. */
  public Text map(UnaryOperator<String> change, Budget budget) {
    String all = string();
    TextBuilder result = new TextBuilder(budget);
    runs(
        0,
        length,
        (from, to, isContent) -> result.append(change.apply(all.substring(from, to)), isContent));
    return markup ? result.build().toMarkup() : result.build();
  }

  /** Visits the stretches of one origin between two UTF-16 indexes, in order. */
  public void runs(int from, int to, Run visitor) {
    string();
    if (ends.length == 0) {
      if (from < to) {
        visitor.accept(from, to, content);
      }
      return;
    }
    int run = runAt(from);
    for (int start = from; start < to; run++) {
      int end = Math.min(ends[run], to);
      visitor.accept(start, end, content != ((run & 1) == 1));
      start = end;
    }
  }

  @Override
  public String type() {
    return "a string";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Text text && length == text.length && string().equals(text.string());
  }

  @Override
  public int hashCode() {
    return string().hashCode();
  }

  @Override
  public String toString() {
    return string();
  }

  private int runAt(int index) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] <= index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Not recursive: a text that grew by a thousand additions is a thousand halves deep. */
  private void join() {
    Halves own = Objects.requireNonNull(halves);
    TextBuilder joined = new TextBuilder(own.budget);
    Deque<Text> open = new ArrayDeque<>();
    open.push(own.right);
    open.push(own.left);
    while (!open.isEmpty()) {
      Text next = open.pop();
      Halves parts = next.halves;
      if (parts == null) {
        joined.append(next, 0, next.length);
      } else {
        open.push(parts.right);
        open.push(parts.left);
      }
    }
    Text flat = joined.build();
    ends = flat.ends;
    content = flat.content;
    chars = flat.string();
    halves = null;
  }
}
