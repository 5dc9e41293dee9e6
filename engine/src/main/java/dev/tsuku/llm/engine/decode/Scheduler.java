package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.decode.Answers.Outcome;
import dev.tsuku.llm.engine.decode.BatchFiller.Part;
import dev.tsuku.llm.engine.decode.KvCache.Moved;
import dev.tsuku.llm.engine.decode.PrefixCache.Block;
import dev.tsuku.llm.engine.draft.DraftGate;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.PromptReader;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Serves many requests with one context, step by step: each {@link #step} computes one batch that
 * continues every answer under way and reads on in prompts. Belongs to the decode thread; has no
 * thread, no lock and no clock to wait for.
 *
 * <p>Requests wait in the order in which they came. One is admitted when a sequence of the context
 * is free for it and has room for its tokens; for one that needs more the context is divided anew,
 * as soon as those at work have room beside it. Two kinds stand back without holding up those
 * behind them: a paused one, and one whose prompt begins like a prompt that is being read right
 * now, because the other's work will soon be its own.
 *
 * <p>The code that runs in every step has loops instead of streams and copies: a young daemon
 * interprets it, and a token of a small model takes only a few milliseconds.
 *
 * <p>An answer that outgrows its sequence goes back to the head of the queue with all its tokens,
 * to go on in a longer one.
 */
final class Scheduler {

  private static final Logger LOG = System.getLogger(Scheduler.class.getName());

  /** So many requests that wait are prepared beside those for which there is a place. */
  private static final int MOST_AHEAD = 8;

  private final LongSupplier clock;
  private final BackendContext context;
  private final Limits limits;
  private final PromptReader reader;
  private final TokenConstraints constraints;
  private final Workers workers;
  private final Runnable onDone;
  private final KvCache memory;
  private final Admission admission;
  private final PrefixCache kept;
  private final TokenBatch batch;
  private final BatchFiller filler;
  private final DraftGate gate = new DraftGate();
  private final PromptPace pace = new PromptPace();
  private final Answers answers;
  private final List<Sequence> waiting = new ArrayList<>();

  /** In the order in which they were admitted. */
  private final List<Sequence> running = new ArrayList<>();

  /** Who was at work when what they had computed could not be moved; none if it could. */
  private List<Sequence> immovable = List.of();

  /** Whether the last step was given up for one request's sake; the next is finished. */
  private boolean owesOthersAStep;

  /**
   * A scheduler with nothing to do.
   *
   * @param context empty
   * @param store of prefixes
   * @param helpers who do what would take too long here
   * @param clock in nanoseconds, to tell what steps cost
   */
  Scheduler(
      BackendContext context,
      Limits limits,
      Vocabulary vocabulary,
      Helpers helpers,
      PrefixStore store,
      LongSupplier clock) {
    this.clock = clock;
    this.context = context;
    this.limits = limits;
    this.reader = helpers.reader();
    this.constraints = helpers.constraints();
    this.workers = helpers.workers();
    this.onDone = helpers.onDone();
    this.answers = new Answers(vocabulary, limits);
    this.memory = new KvCache(context);
    this.admission = new Admission(memory, limits);
    this.kept = new PrefixCache(store, context, memory);
    this.batch = new TokenBatch(context.batchTokens());
    this.filler = new BatchFiller(batch, limits, context, gate, pace);
  }

  /**
   * What workers do, and what with.
   *
   * @param onDone run by a worker when there is something to look at
   */
  record Helpers(
      PromptReader reader, TokenConstraints constraints, Workers workers, Runnable onDone) {}

  /** Puts a request behind those that wait. */
  void add(Ticket ticket) {
    waiting.add(new Sequence(ticket));
  }

  /** How many have not been admitted yet, those apart that gave their place up again. */
  int waiting() {
    return waiting.size();
  }

  int running() {
    return running.size();
  }

  /** What is kept of it elsewhere. */
  PrefixCache kept() {
    return kept;
  }

  /** What the context holds. */
  KvCache memory() {
    return memory;
  }

  /**
   * Computes one batch, if there is anything to compute.
   *
   * @param closing ends the step early, whoever it is for
   * @return false if there was nothing: no request, or only paused ones
   */
  boolean step(AbortSignal closing) {
    kept.release();
    dropCancelled();
    suspendPaused();
    resumeReady();
    suspendOutgrown();
    prepare(closing);
    admit();
    tellPositions();
    if (running.isEmpty()) {
      return false;
    }
    boolean restored = restoresOne();
    if (!isAnyComputable()) {
      // Workers wake this thread when they are done.
      return restored;
    }
    List<Part> parts = filler.fill(running);
    try {
      switch (decode(parts, closing)) {
        case DONE -> parts.forEach(this::advance);
        case ABORTED -> takeBack(parts);
        case NO_ROOM -> throw noRoom(parts);
      }
    } catch (RuntimeException | Error e) {
      abandon(parts, e);
    }
    return true;
  }

  /** Fetches a block of what is kept for the first who can use it; false if nobody can. */
  private boolean restoresOne() {
    for (Sequence sequence : running) {
      if (sequence.isRestoring()) {
        kept.restoreNext(sequence);
        if (sequence.isBeforeAnswer()) {
          tell(sequence, sequence.progress());
        }
        return true;
      }
    }
    return false;
  }

  private void dropCancelled() {
    for (int i = running.size() - 1; i >= 0; i--) {
      Sequence sequence = running.get(i);
      if (sequence.ticket().raised()) {
        end(sequence);
        failCancelled(sequence);
      }
    }
    for (int i = waiting.size() - 1; i >= 0; i--) {
      Sequence sequence = waiting.get(i);
      if (sequence.ticket().raised()) {
        waiting.remove(i);
        failCancelled(sequence);
      }
    }
  }

  private static void failCancelled(Sequence sequence) {
    sequence.ticket().fail(new EngineException(Kind.CANCELLED, "The request was cancelled."));
  }

  /** The youngest first, so that they stand at the head of the queue in the order they came. */
  private void suspendPaused() {
    for (int i = running.size() - 1; i >= 0; i--) {
      if (running.get(i).ticket().isPaused()) {
        suspend(running.get(i));
      }
    }
  }

  /** Its tokens no longer fit its sequence; there will be a longer one. */
  private void suspendOutgrown() {
    for (int i = running.size() - 1; i >= 0; i--) {
      if (running.get(i).tokens().size() > memory.shape().tokens()) {
        suspend(running.get(i));
      }
    }
  }

  /** A request's place goes to others; it waits at the head of the queue. */
  private void suspend(Sequence sequence) {
    end(sequence);
    sequence.suspend();
    sequence.ticket().setAtWork(false);
    waiting.addFirst(sequence);
  }

  /** The request is no longer at work; what it computed stays, for others and for itself. */
  private void end(Sequence sequence) {
    running.remove(sequence);
    sequence.noMoreKept();
    memory.park(sequence.number(), sequence.tokens(), sequence.evaluated());
  }

  /** Has workers make what the first in the queue need, and takes what they have made. */
  private void prepare(AbortSignal closing) {
    int ahead = limits.running() + MOST_AHEAD;
    for (Sequence sequence : List.copyOf(waiting)) {
      if (ahead == 0) {
        return;
      }
      // Nobody may wake this thread again for what is behind those that fail here.
      if (prepare(sequence, closing)) {
        ahead--;
      }
    }
  }

  /** Whether the request goes on waiting; one that fails ends here. */
  private boolean prepare(Sequence sequence, AbortSignal closing) {
    try {
      if (!sequence.isRead()) {
        if (sequence.preparation().isEmpty()) {
          Preparation begun =
              new Preparation(sequence.ticket(), reader, constraints, onDone, closing);
          begun.begin(workers);
          sequence.prepare(begun);
        }
        read(sequence, sequence.preparation().orElseThrow());
      }
      return true;
    } catch (RuntimeException | Error e) {
      waiting.remove(sequence);
      sequence.ticket().fail(failure(sequence.ticket(), e));
      return false;
    }
  }

  private void admit() {
    for (Sequence sequence : List.copyOf(waiting)) {
      if (running.size() == limits.running()) {
        return;
      }
      if (isReady(sequence) && !admission.isWorthWaiting(sequence, running)) {
        if (!admission.hasRoomFor(sequence, running)) {
          if (divide(sequence)) {
            admit();
          }
          // Nobody behind it overtakes it, or a long prompt would wait for ever.
          return;
        }
        waiting.remove(sequence);
        if (sequence.ticket().setAtWork(true)) {
          begin(sequence);
        }
      }
    }
  }

  private static boolean isReady(Sequence sequence) {
    return sequence.isRead() && !sequence.ticket().isPaused();
  }

  private void begin(Sequence sequence) {
    boolean isFirst = !sequence.hasBegun();
    running.add(sequence);
    List<Block> blocks = kept.available(sequence.tokens(), memory.known(sequence.tokens()));
    sequence.run(memory.take(sequence.tokens(), blocks.isEmpty()));
    sequence.restore(blocks);
    if (isFirst) {
      tell(sequence, sequence.progress());
    }
  }

  /**
   * Divides the context so that a request can begin beside those at work.
   *
   * @return whether those who wait, among them now those who were at work, can be looked at again
   */
  private boolean divide(Sequence first) {
    List<Sequence> ready =
        waiting.subList(waiting.indexOf(first), waiting.size()).stream()
            .filter(Scheduler::isReady)
            .toList();
    if (!immovable.isEmpty() && running.containsAll(immovable)) {
      return false;
    }
    immovable = List.of();
    Optional<ContextShape> shape = admission.shapeFor(running, ready);
    Optional<Moved> moved;
    try {
      moved = shape.flatMap(memory::takeAlong);
    } catch (BackendException e) {
      // With the next step it can be taken along.
      return false;
    }
    if (moved.isEmpty()) {
      immovable = shape.isPresent() ? List.copyOf(running) : List.of();
      return false;
    }
    List.copyOf(running).reversed().forEach(this::suspend);
    try {
      memory.reshape(shape.orElseThrow(), moved.get());
    } catch (BackendException e) {
      waiting.remove(first);
      first.ticket().fail(failure(first.ticket(), e));
    }
    return true;
  }

  /**
   * Takes what workers have made of a request, if they have.
   *
   * @throws EngineException if they could not
   */
  private void read(Sequence sequence, Preparation made) {
    if (!made.isDone()) {
      return;
    }
    made.failure()
        .ifPresent(
            failure -> {
              throw failure(sequence.ticket(), failure);
            });
    sequence.read(made.prompt(), made.constraint());
    sequence.constraint().ifPresent(constraint -> answers.begin(sequence, constraint));
  }

  /** Goes on with answers whose next token can be chosen now. */
  private void resumeReady() {
    for (int i = running.size() - 1; i >= 0; i--) {
      Sequence sequence = running.get(i);
      Optional<PendingChoice> choice = sequence.pending();
      if (choice.isPresent() && choice.get().isDone()) {
        guarded(sequence, () -> resume(sequence, choice.get()));
      }
    }
  }

  private void resume(Sequence sequence, PendingChoice choice) {
    if (choice.failure().isPresent()) {
      throw failure(sequence.ticket(), choice.failure().get());
    }
    sequence.chooseAgain();
    Outcome outcome = answers.next(sequence, choice.logits());
    if (outcome.isPending()) {
      sitOut(sequence, choice.logits());
    }
    outcome.stop().ifPresent(reason -> finish(sequence, reason));
  }

  private void sitOut(Sequence sequence, ByteBuffer logits) {
    sequence.sitOut(
        PendingChoice.begin(
            sequence.constraint().orElseThrow(),
            logits,
            sequence.ticket(),
            workers.grammars(),
            onDone));
  }

  /** A fault of one request ends that one, and no other. */
  private void guarded(Sequence sequence, Runnable stage) {
    try {
      stage.run();
    } catch (RuntimeException | Error e) {
      if (running.contains(sequence)) {
        end(sequence);
      }
      sequence.ticket().fail(failure(sequence.ticket(), e));
    }
  }

  private void tellPositions() {
    int before = running.size();
    for (Sequence sequence : List.copyOf(waiting)) {
      // One that is only being prepared waits for no other.
      boolean waits = sequence.isRead() || before >= limits.running();
      if (waits && !sequence.hasBegun() && sequence.moveTo(before)) {
        tell(sequence, new GenerationEvent.Queued(before));
      }
      before++;
    }
  }

  /** Tells a caller; if that ends with an {@link Error}, only this request ends. */
  private void tell(Sequence sequence, GenerationEvent event) {
    try {
      sequence.ticket().tell(event);
    } catch (Error e) {
      if (!waiting.remove(sequence)) {
        end(sequence);
      }
      sequence.ticket().fail(failure(sequence.ticket(), e));
    }
  }

  private DecodeOutcome decode(List<Part> parts, AbortSignal closing) {
    AbortSignal abort = owesOthersAStep ? closing : () -> closing.raised() || isAnyCancelled(parts);
    // Asked here too: not every backend polls the signal while it computes.
    long start = clock.getAsLong();
    DecodeOutcome outcome = closing.raised() ? DecodeOutcome.ABORTED : context.decode(batch, abort);
    if (outcome == DecodeOutcome.DONE) {
      noteCost(parts, clock.getAsLong() - start);
    }
    owesOthersAStep = outcome == DecodeOutcome.ABORTED && parts.size() > 1;
    return outcome;
  }

  private void noteCost(List<Part> parts, long elapsedNanos) {
    int ofPrompts = 0;
    for (Part part : parts) {
      if (!part.sequence().isGenerating()) {
        ofPrompts += part.count();
      }
    }
    if (ofPrompts == 0 && parts.size() == 1) {
      gate.note(batch.size(), elapsedNanos);
    } else if (ofPrompts >= PromptPace.LEAST) {
      pace.note(ofPrompts, elapsedNanos);
    }
  }

  private boolean isAnyComputable() {
    for (Sequence sequence : running) {
      if (sequence.isComputable()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAnyCancelled(List<Part> parts) {
    for (Part part : parts) {
      if (part.sequence().ticket().raised()) {
        return true;
      }
    }
    return false;
  }

  private void takeBack(List<Part> parts) {
    for (Part part : parts) {
      Sequence sequence = part.sequence();
      sequence.setEvaluated(memory.trim(sequence.number(), sequence.evaluated()));
    }
  }

  private EngineException noRoom(List<Part> parts) {
    return new EngineException(
        Kind.FAILED,
        "The context had no room for "
            + batch.size()
            + " tokens of "
            + parts.size()
            + " requests in sequences of "
            + memory.shape().tokens()
            + " tokens, which must not happen.");
  }

  /** Nobody knows what a batch that failed has left behind, so all of it is forgotten. */
  private void abandon(List<Part> parts, Throwable failure) {
    for (Part part : parts) {
      Sequence sequence = part.sequence();
      if (running.remove(sequence)) {
        sequence.noMoreKept();
        memory.drop(sequence.number());
        sequence.ticket().fail(failure(sequence.ticket(), failure));
      }
    }
  }

  private void advance(Part part) {
    Sequence sequence = part.sequence();
    guarded(
        sequence,
        () -> {
          boolean wasReading = sequence.isReading();
          sequence.setEvaluated(sequence.evaluated() + part.count());
          if (wasReading) {
            memory.noteGrown(sequence.number(), sequence.tokens(), sequence.evaluated());
            // One that gave its place up in the middle of its answer may read its prompt a second
            // time.
            if (sequence.isBeforeAnswer()) {
              sequence.ticket().tell(sequence.progress());
            }
          }
          if (part.logits() >= 0) {
            generate(part);
          }
        });
  }

  /** Goes on with the answer, for as long as the draft is what the model would say. */
  private void generate(Part part) {
    Sequence sequence = part.sequence();
    sequence.noteStep();
    int accepted = 0;
    Outcome outcome;
    try {
      outcome = answers.next(sequence, context.logits(part.logits()));
      while (outcome.stop().isEmpty()
          && !outcome.isPending()
          && accepted < part.drafted()
          && batch.token(part.logits() + 1 + accepted)
              == sequence.tokens().get(sequence.evaluated())) {
        accepted++;
        sequence.setEvaluated(sequence.evaluated() + 1);
        // What has to come was drafted, too, and needs no choice.
        if (sequence.remaining() == 0) {
          outcome = answers.next(sequence, context.logits(part.logits() + accepted));
        }
      }
      if (outcome.isPending()) {
        sitOut(sequence, context.logits(part.logits() + accepted));
      }
    } finally {
      if (part.drafted() > 0) {
        sequence.noteDraft(part.drafted(), accepted);
        memory.trim(sequence.number(), sequence.evaluated());
      }
    }
    outcome.stop().ifPresent(reason -> finish(sequence, reason));
  }

  private void finish(Sequence sequence, StopReason reason) {
    answers.tellRest(sequence);
    // Before the caller knows, because the next turn may come at once.
    reader.remember(sequence.prompt(), sequence.answer());
    sequence.ticket().tell(new GenerationEvent.Finished(sequence.result(reason)));
    end(sequence);
  }

  private static EngineException failure(Ticket ticket, Throwable failure) {
    return switch (failure) {
      case EngineException e -> e;
      case BackendException e -> new EngineException(Kind.FAILED, e.getMessage(), e);
      default -> {
        LOG.log(Level.ERROR, () -> "request " + ticket.request().id() + " failed", failure);
        yield new EngineException(Kind.FAILED, what(failure), failure);
      }
    };
  }

  /** Without the failure's own text, which may quote another request. */
  private static String what(Throwable failure) {
    if (!(failure instanceof OutOfMemoryError)) {
      return "The engine failed on this request. The log holds the details.";
    }
    // The JVM has one kind of this error for a full heap and for a thread that the system refuses.
    return String.valueOf(failure.getMessage()).contains("native thread")
        ? "The engine cannot start the threads that this request needs: the limit of processes and"
            + " threads or of address space is reached. Try again, or raise it with ulimit."
        : "The engine ran out of Java memory for this request. Send a smaller one.";
  }

  /** Gives back what belongs to neither the context nor the store; nothing is computed any more. */
  void release() {
    kept.release();
    running.forEach(Sequence::noMoreKept);
  }

  /** Whoever has not been answered yet. */
  List<Ticket> tickets() {
    return Stream.concat(running.stream(), waiting.stream()).map(Sequence::ticket).toList();
  }
}
