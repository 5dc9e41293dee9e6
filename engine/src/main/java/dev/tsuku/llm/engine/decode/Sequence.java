package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.constraint.TokenConstraint;
import dev.tsuku.llm.engine.draft.Drafter;
import dev.tsuku.llm.engine.generation.DecodeCounts;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.prefix.TokenList;
import dev.tsuku.llm.engine.prompt.Prompt;
import dev.tsuku.llm.engine.prompt.TextAssembler;
import dev.tsuku.llm.engine.sampling.ReplayableRandom;
import dev.tsuku.llm.engine.sampling.Sampler;
import dev.tsuku.llm.engine.sampling.StopStrings;
import dev.tsuku.llm.engine.sampling.TokenFilter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * A request on its way from the queue to its last token: the tokens of its prompt and of its answer
 * so far, and how many of them are computed. Belongs to the decode thread.
 *
 * <p>It works with a sequence of the context between {@link #run} and {@link #suspend}, which may
 * come again and again; its tokens are kept, so nothing of the answer is lost, and what is no
 * longer in memory is computed again.
 */
final class Sequence {

  private static final int NONE = -1;

  /** So much of an answer that has to come is computed with its next token; more is read first. */
  private static final int MOST_PENDING = 32;

  private final Ticket ticket;
  private final long arrived = System.nanoTime();
  private final StopStrings stopStrings;
  private final ReplayableRandom random;
  private final TextAssembler assembler = new TextAssembler();
  private Optional<Preparation> preparation = Optional.empty();
  private Optional<PendingChoice> pending = Optional.empty();
  private Optional<Prompt> prompt = Optional.empty();
  private Optional<TokenConstraint> constraint = Optional.empty();
  private TokenList tokens = new TokenList();
  private Drafter drafter = new Drafter(tokens);
  private List<PrefixCache.Block> kept = List.of();
  private Optional<SequenceBuilder> builder = Optional.empty();
  private boolean beganOnce;
  private int number = NONE;
  private int evaluated;
  private int cached = NONE;
  private int position = NONE;
  private int chars;
  private int forwardPasses;
  private int forced;
  private int drafted;
  private int accepted;
  private long started;
  private long answered;

  Sequence(Ticket ticket) {
    this.ticket = ticket;
    this.stopStrings = new StopStrings(ticket.request().stop());
    OptionalLong seed = ticket.request().sampling().seed();
    this.random =
        new ReplayableRandom(
            seed.isPresent() ? new SplittableRandom(seed.getAsLong()) : new SplittableRandom());
  }

  Ticket ticket() {
    return ticket;
  }

  /** What workers make for it; empty until it is asked for. */
  Optional<Preparation> preparation() {
    return preparation;
  }

  void prepare(Preparation begun) {
    preparation = Optional.of(begun);
  }

  /** The choice of its next token that a worker prepares, while it sits out. */
  Optional<PendingChoice> pending() {
    return pending;
  }

  /** Notes that its next token cannot be chosen yet. */
  void sitOut(PendingChoice choice) {
    pending = Optional.of(choice);
  }

  /** Notes that its next token is to be chosen, as if nobody had tried. */
  void chooseAgain() {
    pending = Optional.empty();
    random.rewind();
  }

  boolean isRead() {
    return prompt.isPresent();
  }

  /**
   * Notes its tokens.
   *
   * @param holding what the answer has to be
   */
  void read(Prompt text, Optional<TokenConstraint> holding) {
    prompt = Optional.of(text);
    constraint = holding;
    tokens = new TokenList(text.tokens());
    drafter = new Drafter(tokens);
  }

  Prompt prompt() {
    return prompt.orElseThrow();
  }

  private int promptTokens() {
    return prompt().tokens().length;
  }

  /** Prompt and answer. */
  TokenList tokens() {
    return tokens;
  }

  /** What the answer has to be; empty if it may be anything. */
  Optional<TokenConstraint> constraint() {
    return constraint;
  }

  /** Proposes how the answer goes on. */
  Drafter drafter() {
    return drafter;
  }

  /** Whether it has ever been at work. */
  boolean hasBegun() {
    return cached != NONE;
  }

  /** Begins, or goes on, with a sequence of the context that holds some of its tokens. */
  void run(KvCache.Taken taken) {
    number = taken.sequence();
    evaluated = taken.length();
    if (cached == NONE) {
      cached = taken.length();
      started = System.nanoTime();
    }
  }

  /** The blocks that it could begin with, of which the first few may be there. */
  List<PrefixCache.Block> kept() {
    return kept;
  }

  /** Whether blocks are to be fetched before anything is computed. */
  boolean isRestoring() {
    return !kept.isEmpty();
  }

  /** Whether a batch can have tokens of it: nothing is being fetched or found out for it. */
  boolean isComputable() {
    return kept.isEmpty() && pending.isEmpty();
  }

  void restore(List<PrefixCache.Block> blocks) {
    kept = blocks;
  }

  /** Where its blocks are gathered, made when there are none yet. */
  SequenceBuilder restoring(Supplier<SequenceBuilder> maker) {
    SequenceBuilder one = builder.orElseGet(maker);
    builder = Optional.of(one);
    return one;
  }

  /** Notes that its tokens are there up to an index, without having been computed. */
  void restoredUntil(int index) {
    // What it computed itself before it gave its place up was no gift.
    if (!beganOnce) {
      cached += index - evaluated;
    }
    evaluated = index;
  }

  /** Notes that what is not there by now is to be computed. */
  void noMoreKept() {
    kept = List.of();
    builder.ifPresent(SequenceBuilder::close);
    builder = Optional.empty();
  }

  /** Gives its sequence of the context up. */
  void suspend() {
    beganOnce = true;
    chooseAgain();
    number = NONE;
    noMoreKept();
    evaluated = 0;
  }

  /** The number of its sequence in the context. */
  int number() {
    return number;
  }

  /** How many of its tokens the context holds. */
  int evaluated() {
    return evaluated;
  }

  void setEvaluated(int count) {
    evaluated = count;
  }

  /** How many of its tokens are to be computed before there is a next one. */
  int remaining() {
    return tokens.size() - evaluated;
  }

  /** Whether the answer has begun and little more than its last token is to be computed. */
  boolean isGenerating() {
    return generated() > 0 && !isReading() && remaining() <= MOST_PENDING;
  }

  /** Whether no token of the answer has been chosen yet. */
  boolean isBeforeAnswer() {
    return answered == 0;
  }

  /** Whether tokens of the prompt are still to be computed. */
  boolean isReading() {
    return evaluated < promptTokens();
  }

  GenerationEvent.Prefill progress() {
    return new GenerationEvent.Prefill(
        Math.min(evaluated, promptTokens()), promptTokens(), cachedOfPrompt());
  }

  /** What must come may have been there, too. */
  private int cachedOfPrompt() {
    return Math.clamp(cached, 0, promptTokens());
  }

  /** Tokens of the answer so far. */
  int generated() {
    return tokens.size() - promptTokens();
  }

  /** How many tokens the answer may still have. */
  int wanted() {
    return ticket.request().maxTokens() - (isRead() ? generated() : 0);
  }

  /** Notes that a step has computed what the next token is chosen from. */
  void noteStep() {
    forwardPasses++;
    if (answered == 0) {
      answered = System.nanoTime();
    }
  }

  /**
   * Chooses the next token of the answer, as the request wants it; -1 if there is none to choose,
   * {@link Sampler#PENDING} if that is not known yet.
   */
  int pick(Sampler sampler, ByteBuffer logits) {
    int token =
        sampler.pick(
            logits,
            ticket.request().sampling(),
            tokens,
            random,
            constraint.isPresent() ? constraint.get() : TokenFilter.ALL);
    if (token != Sampler.PENDING) {
      random.mark();
    }
    return token;
  }

  /** Adds a token to an answer that has to be something. */
  void extend(int token, int bytes) {
    constraint.orElseThrow().add(token);
    tokens.add(token);
    chars += bytes;
  }

  /**
   * What is for the reader of an answer that has to be something.
   *
   * @param isLast whether it is whole
   * @return the characters that can be told now, possibly none
   */
  String newText(boolean isLast) {
    byte[] text = constraint.orElseThrow().parts().takeText(isLast);
    return stopStrings.add(assembler.append(text));
  }

  /**
   * Adds a token to the answer.
   *
   * @return the characters that can be told now, possibly none
   */
  String add(int token, byte[] bytes) {
    tokens.add(token);
    String more = assembler.append(bytes);
    chars += more.length();
    return stopStrings.add(more);
  }

  /** Notes how much of a draft became a part of the answer. */
  void noteDraft(int proposed, int right) {
    drafted += proposed;
    accepted += right;
    drafter.note(right, proposed);
  }

  /** Notes tokens that had to come. */
  void noteForced(int count) {
    forced += count;
  }

  /** Whether a text has come that ends the answer. */
  boolean isStopped() {
    return stopStrings.found();
  }

  /** The characters that were not told yet; there are no more afterwards. */
  String rest() {
    return stopStrings.rest();
  }

  /** UTF-16 units of the answer so far; bytes, where it has to be something. */
  int chars() {
    return chars;
  }

  /** The tokens of the answer. */
  int[] answer() {
    return tokens.copy(promptTokens(), tokens.size());
  }

  /**
   * Notes how many wait before it.
   *
   * @return whether that is news
   */
  boolean moveTo(int place) {
    boolean news = place != position;
    position = place;
    return news;
  }

  GenerationResult result(StopReason reason) {
    long now = System.nanoTime();
    return new GenerationResult(
        reason,
        promptTokens(),
        cachedOfPrompt(),
        generated(),
        new DecodeCounts(forwardPasses, forced, drafted, accepted),
        queued(),
        Duration.ofNanos(answered - started),
        Duration.ofNanos(now - answered));
  }

  /** How long it waited for its turn; until now if it still does. */
  Duration queued() {
    return Duration.ofNanos((started == 0 ? System.nanoTime() : started) - arrived);
  }
}
