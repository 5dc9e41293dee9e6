package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.sampling.TokenFilter;
import dev.tsuku.llm.grammar.match.Ending;
import dev.tsuku.llm.grammar.match.Position;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows an answer that has to be something: says which tokens may come next, which ones have to,
 * and how the answer is ended when there is little room left. Belongs to the decode thread.
 */
public final class Constraint implements TokenFilter {

  private static final int[] NONE = {};

  private final Guide guide;
  private final Vocabulary vocabulary;
  private final Spelling spelling;
  private final AnswerParts parts;
  private Position at;

  /** The token that was asked about last, and where it leads. */
  private int asked = -1;

  private @Nullable Position reached;

  Constraint(Guide guide, Position start, Vocabulary vocabulary) {
    this.guide = guide;
    this.vocabulary = vocabulary;
    this.spelling = new Spelling(vocabulary, guide.masks());
    this.parts = new AnswerParts(guide.tools());
    this.at = start;
  }

  @Override
  public boolean allows(int token) {
    return vocabulary.endsGeneration(token) ? at.isComplete() : after(token) != null;
  }

  /** Where a token leads; null if it is refused, or nothing can end well behind it. */
  private @Nullable Position after(int token) {
    if (token != asked) {
      Position next = guide.masks().after(at, token);
      // Items that must differ may turn out too late to be like others.
      boolean isDead = next != null && !next.isShared() && Ending.of(next).isEmpty();
      reached = isDead ? null : next;
      asked = token;
    }
    return reached;
  }

  @Override
  public boolean isWide() {
    return at.isProse();
  }

  @Override
  public void forEach(IntConsumer sink) {
    guide.masks().of(at).forEach(sink);
    if (at.isComplete()) {
      for (int token : guide.ends()) {
        sink.accept(token);
      }
    }
  }

  /** Whether nothing can come any more. */
  public boolean isOver() {
    return at.isEnd();
  }

  /**
   * Whether the answer can be ended in time if a token that is allowed comes next.
   *
   * @param room how many tokens may come behind it
   */
  public boolean fits(int token, int room) {
    Position next = after(token);
    return next != null && fits(next, room);
  }

  /** The same from here. */
  public boolean fits(int room) {
    return fits(at, room);
  }

  private boolean fits(Position from, int room) {
    Optional<Ending> ending = Ending.of(from);
    if (ending.isEmpty()) {
      return false;
    }
    // No token is shorter than a symbol.
    return ending.get().symbols() <= room || spelling.any(ending.get().all()).length <= room;
  }

  /** Tokens that end the answer well. */
  public int[] ending() {
    return Ending.of(at).map(ending -> spelling.any(ending.all())).orElse(NONE);
  }

  /** Goes on with a token that is allowed. */
  public void add(int token) {
    Position next = after(token);
    if (next == null) {
      throw new IllegalArgumentException("token " + token + " is not allowed here");
    }
    byte[] text = guide.masks().tokens().bytes(token);
    if (text.length == 0) {
      parts.add(at, next, vocabulary.bytes(token));
      spelling.mark();
    } else {
      Position from = at;
      for (byte b : text) {
        Position to = from.next(b & 0xff);
        if (to == null) {
          throw new IllegalStateException("what was allowed is refused");
        }
        parts.add(from, to, new byte[] {b});
        from = to;
      }
      spelling.add(text);
    }
    at = next;
    asked = -1;
  }

  /**
   * Tokens of which no other can come next, as the model's tokenizer would have them.
   *
   * @param room how many tokens may come at all
   */
  public int[] forced(int room) {
    if (at.only() < 0) {
      return NONE;
    }
    StringBuilder run = new StringBuilder();
    Position to = at;
    while (to.only() >= 0 && run.length() < Spelling.MOST) {
      int symbol = to.only();
      Position next = to.next(symbol);
      if (next == null) {
        break;
      }
      run.appendCodePoint(symbol);
      to = next;
    }
    int[] tokens = spelling.canonical(run.toString(), at, to);
    return tokens.length > 0 && tokens.length < room && fitsBehind(tokens, room) ? tokens : NONE;
  }

  private boolean fitsBehind(int[] tokens, int room) {
    Position to = at;
    for (int token : tokens) {
      Position next = guide.masks().after(to, token);
      if (next == null) {
        return false;
      }
      to = next;
    }
    return fits(to, room - tokens.length);
  }

  /** How many of some tokens in a row would be allowed. */
  public int allowed(int[] tokens) {
    Position to = at;
    for (int i = 0; i < tokens.length; i++) {
      Position next =
          vocabulary.endsGeneration(tokens[i]) ? null : guide.masks().after(to, tokens[i]);
      if (next == null) {
        return i;
      }
      to = next;
    }
    return tokens.length;
  }

  /** What there is to tell of the answer. */
  public AnswerParts parts() {
    return parts;
  }
}
