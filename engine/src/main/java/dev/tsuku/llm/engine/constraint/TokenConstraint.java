package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.sampling.TokenFilter;
import dev.tsuku.llm.grammar.mask.TokenMask;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.ShortestCompletion;
import dev.tsuku.llm.grammar.match.WorkBudget;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The matcher of one constrained answer: which tokens may come next, which ones are forced, and how
 * the answer is completed when little room is left.
 *
 * <p><b>Threads.</b> Used by the decode thread, which uses it {@link #holding} it. What cannot be
 * found within its {@link SearchLimits} is {@link #isPending}: the decode thread then leaves this
 * constraint alone until a worker has done {@link #compute}, and repeats the step. All constraints
 * of a model share their memory of states, hence one lock; a worker gives way to the decode thread
 * every few microseconds.
 */
public final class TokenConstraint implements TokenFilter {

  /**
   * Symbols that are looked for at once, times the alternatives that are followed meanwhile. Not a
   * limit on time, because what is forced must not depend on how busy the machine is.
   */
  private static final int MOST_FORCED_WORK = 4096;

  private static final int[] NONE = {};

  private final Guide guide;
  private final Vocabulary vocabulary;
  private final ReentrantLock lock;
  private final SearchLimits limits;
  private final JumpForwardTokenizer spelling;
  private final AnswerParts parts;
  private MatcherState at;

  /** The allowed tokens here, once they are known. */
  private @Nullable TokenMask mask;

  /** The token that was asked about last, and where it leads. */
  private int asked = -1;

  private @Nullable MatcherState reached;

  /** The state of which the shortest completion, or else the token mask, is pending. */
  private @Nullable MatcherState pendingCompletion;

  private int pendingToken = -1;

  /**
   * Where tokens lead, or that they are refused, as workers have found out. States that no others
   * can equal are made anew each time, and with them what was known of them.
   */
  private final Map<Integer, Optional<MatcherState>> resolved = new HashMap<>();

  private boolean isMaskPending;

  TokenConstraint(
      Guide guide,
      MatcherState start,
      Vocabulary vocabulary,
      ReentrantLock lock,
      SearchLimits limits) {
    this.guide = guide;
    this.vocabulary = vocabulary;
    this.lock = lock;
    this.limits = limits;
    this.spelling = new JumpForwardTokenizer(vocabulary, guide.masks());
    this.parts = new AnswerParts(guide.tools());
    this.at = start;
  }

  /** Does a step with this constraint, and keeps workers out of it. */
  public <T> T holding(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean allows(int token) {
    return vocabulary.endsGeneration(token) ? at.isComplete() : after(token) != null;
  }

  /** Where a token leads; null if it is refused, nothing can complete it, or that is pending. */
  private @Nullable MatcherState after(int token) {
    if (token == asked) {
      return reached;
    }
    pendingCompletion = null;
    Optional<MatcherState> known = resolved.get(token);
    if (known != null) {
      asked = token;
      reached = known.orElse(null);
      return reached;
    }
    MatcherState next = guide.masks().after(at, token);
    if (next != null) {
      WorkBudget budget = limits.inline(next);
      // Only what can be completed is a prefix of an answer.
      if (ShortestCompletion.of(next, budget).isEmpty()) {
        if (budget.isExhausted()) {
          pendingCompletion = next;
          pendingToken = token;
          return null;
        }
        next = null;
      }
    }
    reached = next;
    asked = token;
    return reached;
  }

  @Override
  public boolean isPending() {
    return isMaskPending || pendingCompletion != null;
  }

  @Override
  public boolean isWide() {
    return at.isProse();
  }

  @Override
  public void forEach(IntConsumer sink) {
    TokenMask allowed = mask;
    if (allowed == null) {
      allowed = guide.masks().of(at, limits.inline(at));
      mask = allowed;
      isMaskPending = allowed == null;
    }
    if (allowed == null) {
      return;
    }
    allowed.forEach(sink);
    if (at.isComplete()) {
      for (int token : guide.ends()) {
        sink.accept(token);
      }
    }
  }

  /**
   * Finds what is pending, on a worker.
   *
   * @param cancelled asked now and then; true ends the work
   * @throws EngineException of kind {@code SCHEMA_REFUSED} if it takes too long
   */
  public void compute(BooleanSupplier cancelled) {
    lock.lock();
    try {
      MatcherState from = at;
      WorkBudget budget = limits.work(from, () -> goesOn(cancelled));
      MatcherState completing = pendingCompletion;
      if (completing != null) {
        int token = pendingToken;
        boolean canEnd = ShortestCompletion.of(completing, budget).isPresent();
        requireTime(budget, completing, cancelled);
        if (from.equals(at)) {
          resolved.put(token, canEnd ? Optional.of(completing) : Optional.empty());
        }
      } else if (isMaskPending) {
        TokenMask found = guide.masks().of(from, budget);
        requireTime(budget, from, cancelled);
        if (from.equals(at)) {
          mask = found;
        }
      }
      pendingCompletion = null;
      isMaskPending = false;
    } finally {
      lock.unlock();
    }
  }

  /** Finds, on a worker, what the first step needs: a way to the end. */
  void prepare(BooleanSupplier cancelled) {
    lock.lock();
    try {
      WorkBudget budget = limits.work(at, () -> goesOn(cancelled));
      ShortestCompletion.of(at, budget);
      requireTime(budget, at, cancelled);
    } finally {
      lock.unlock();
    }
  }

  private boolean goesOn(BooleanSupplier cancelled) {
    if (lock.hasQueuedThreads()) {
      lock.unlock();
      lock.lock();
    }
    return !cancelled.getAsBoolean();
  }

  private void requireTime(WorkBudget budget, MatcherState at, BooleanSupplier cancelled) {
    if (!budget.isExhausted()) {
      return;
    }
    if (cancelled.getAsBoolean()) {
      throw new EngineException(Kind.CANCELLED, "The request was cancelled.");
    }
    throw new EngineException(
        Kind.SCHEMA_REFUSED,
        "The schema is too complex at "
            + (at.pointer().isEmpty() ? "its root" : at.pointer())
            + ": finding the tokens that are allowed there takes longer than "
            + limits.longestWork().toSeconds()
            + " s. Make it simpler there.");
  }

  /** Whether nothing can come any more, or nothing that is of use. */
  public boolean isOver() {
    return at.isEnd() || parts.hasEnoughCalls();
  }

  /**
   * Whether the answer can be completed in time if a token that is allowed comes next.
   *
   * @param room how many tokens may come after it
   */
  public boolean fits(int token, int room) {
    MatcherState next = after(token);
    return next != null && fits(next, room, WorkBudget.unlimited());
  }

  /** The same from here. */
  public boolean fits(int room) {
    return fits(at, room, WorkBudget.unlimited());
  }

  private boolean fits(MatcherState from, int room, WorkBudget budget) {
    Optional<ShortestCompletion> ending = ShortestCompletion.of(from, budget);
    if (ending.isEmpty()) {
      return false;
    }
    // No token is shorter than a symbol.
    return ending.get().symbols() <= room || spelling.any(ending.get().all()).length <= room;
  }

  /** Tokens that complete the answer. */
  public int[] ending() {
    return ShortestCompletion.of(at).map(ending -> spelling.any(ending.all())).orElse(NONE);
  }

  /** Goes on with a token that is allowed. */
  public void add(int token) {
    // What is known of the state that was asked about, above all its completion, is kept with it.
    MatcherState next =
        token == asked && reached != null ? reached : guide.masks().after(at, token);
    if (next == null) {
      throw new IllegalArgumentException("token " + token + " is not allowed here");
    }
    byte[] text = guide.masks().tokens().bytes(token);
    if (text.length == 0) {
      parts.add(at, next, vocabulary.bytes(token));
      spelling.mark();
    } else {
      MatcherState from = at;
      for (byte b : text) {
        MatcherState to = from.next(b & 0xff);
        if (to == null) {
          throw new IllegalStateException("what was allowed is refused");
        }
        parts.add(from, to, new byte[] {b});
        from = to;
      }
      spelling.add(text);
    }
    at = next;
    mask = null;
    asked = -1;
    resolved.clear();
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
    int most = Math.min(JumpForwardTokenizer.MOST, MOST_FORCED_WORK / Math.max(1, at.breadth()));
    StringBuilder run = new StringBuilder();
    MatcherState to = at;
    while (to.only() >= 0 && run.length() < most) {
      int symbol = to.only();
      MatcherState next = to.next(symbol);
      if (next == null) {
        break;
      }
      run.appendCodePoint(symbol);
      to = next;
    }
    int[] tokens = spelling.canonical(run.toString(), at, to);
    return tokens.length > 0 && tokens.length < room && fitsAfter(tokens, room) ? tokens : NONE;
  }

  private boolean fitsAfter(int[] tokens, int room) {
    MatcherState to = at;
    for (int token : tokens) {
      MatcherState next = guide.masks().after(to, token);
      if (next == null) {
        return false;
      }
      to = next;
    }
    return fits(to, room - tokens.length, limits.inline(to));
  }

  /** How many of some tokens in a row would be allowed. */
  public int allowed(int[] tokens) {
    MatcherState to = at;
    for (int i = 0; i < tokens.length; i++) {
      MatcherState next =
          vocabulary.endsGeneration(tokens[i]) ? null : guide.masks().after(to, tokens[i]);
      if (next == null) {
        return i;
      }
      to = next;
    }
    return tokens.length;
  }

  /** The parts of the answer that can be given to the caller. */
  public AnswerParts parts() {
    return parts;
  }
}
