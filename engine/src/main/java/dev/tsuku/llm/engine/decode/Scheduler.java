package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.constraint.Constraints;
import dev.tsuku.llm.engine.decode.BatchFiller.Part;
import dev.tsuku.llm.engine.draft.DraftGate;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.Prompt;
import dev.tsuku.llm.engine.prompt.PromptReader;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
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
 * is free for it and there is room for its tokens. Two kinds stand back without holding up those
 * behind them: a paused one, and one whose prompt begins like a prompt that is being read right
 * now, because the other's work will soon be its own.
 *
 * <p>Should the context run out of room all the same, first what is idle is forgotten, then the
 * youngest request goes back to the head of the queue with all its tokens, to be computed again
 * later. The oldest always goes on, so the work always ends.
 */
final class Scheduler {

  private static final Logger LOG = System.getLogger(Scheduler.class.getName());

  private final LongSupplier clock;
  private final BackendContext context;
  private final Limits limits;
  private final PromptReader reader;
  private final Constraints constraints;
  private final ContextMemory memory;
  private final Admission admission;
  private final KeptPrefixes kept;
  private final TokenBatch batch;
  private final BatchFiller filler;
  private final DraftGate gate = new DraftGate();
  private final PromptPace pace = new PromptPace();
  private final Answers answers;
  private final List<Sequence> waiting = new ArrayList<>();

  /** In the order in which they were admitted. */
  private final List<Sequence> running = new ArrayList<>();

  /** Whether the last step failed for want of room that only guesses needed. */
  private boolean leavesDraftsOut;

  /** Whether the last step was given up for one request's sake; the next is finished. */
  private boolean owesOthersAStep;

  /**
   * A scheduler with nothing to do.
   *
   * @param context empty, with one sequence more than {@link Limits#sequences}
   * @param store of prefixes
   * @param clock in nanoseconds, to tell what steps cost
   */
  Scheduler(
      BackendContext context,
      Limits limits,
      Vocabulary vocabulary,
      PromptReader reader,
      Constraints constraints,
      PrefixStore store,
      LongSupplier clock) {
    this.clock = clock;
    this.context = context;
    this.limits = limits;
    this.reader = reader;
    this.constraints = constraints;
    this.answers = new Answers(context, vocabulary, limits);
    this.memory = new ContextMemory(context, limits.sequences());
    this.admission = new Admission(memory, limits);
    this.kept = new KeptPrefixes(store, context, memory, limits.sequences(), clock);
    this.batch = new TokenBatch(context.batchTokens());
    this.filler = new BatchFiller(batch, limits, context, gate, pace);
  }

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
  KeptPrefixes kept() {
    return kept;
  }

  /** What the context holds. */
  ContextMemory memory() {
    return memory;
  }

  /**
   * Computes one batch, if there is anything to compute.
   *
   * @param closing ends the step early, whoever it is for
   * @return false if there was nothing: no request, or only paused ones
   */
  boolean step(AbortSignal closing) {
    dropCancelled();
    suspendPaused();
    admit();
    tellPositions();
    if (running.isEmpty()) {
      return false;
    }
    kept.stowNext();
    if (restoresOne() && running.stream().allMatch(Sequence::isRestoring)) {
      return true;
    }
    List<Part> parts = filler.fill(running, !leavesDraftsOut);
    leavesDraftsOut = false;
    try {
      switch (decode(parts, closing)) {
        case DONE -> parts.forEach(this::advance);
        case ABORTED -> takeBack(parts);
        case NO_ROOM -> makeRoom(parts);
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
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.ticket().raised()) {
        end(sequence);
        failCancelled(sequence);
      }
    }
    for (Sequence sequence : List.copyOf(waiting)) {
      if (sequence.ticket().raised()) {
        waiting.remove(sequence);
        failCancelled(sequence);
      }
    }
  }

  private static void failCancelled(Sequence sequence) {
    sequence.ticket().fail(new EngineException(Kind.CANCELLED, "The request was cancelled."));
  }

  /** The youngest first, so that they stand at the head of the queue in the order they came. */
  private void suspendPaused() {
    for (Sequence sequence : List.copyOf(running).reversed()) {
      if (sequence.ticket().isPaused()) {
        suspend(sequence);
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
    memory.park(sequence.number(), sequence.tokens(), sequence.evaluated());
  }

  private void admit() {
    for (Sequence sequence : List.copyOf(waiting)) {
      if (running.size() == limits.running()) {
        return;
      }
      if (!sequence.ticket().isPaused()
          && read(sequence)
          && !admission.isWorthWaiting(sequence, running)) {
        if (!running.isEmpty() && !admission.hasRoomFor(sequence, running)) {
          // Nobody behind it overtakes it, or a long prompt would wait for ever.
          return;
        }
        waiting.remove(sequence);
        if (sequence.ticket().setAtWork(true)) {
          boolean begins = !sequence.hasBegun();
          running.add(sequence);
          sequence.run(memory.take(sequence.tokens()));
          sequence.restore(kept.available(sequence.tokens(), sequence.evaluated()));
          if (begins) {
            tell(sequence, sequence.progress());
          }
        }
      }
    }
  }

  /** Makes tokens of the prompt, once; a request for which that cannot be done ends here. */
  private boolean read(Sequence sequence) {
    Ticket ticket = sequence.ticket();
    if (sequence.isRead()) {
      return true;
    }
    try {
      Prompt prompt = reader.read(ticket.request().conversation(), ticket);
      sequence.read(prompt, constraints.begin(ticket.plan(), prompt.beginsThinking()));
      sequence.constraint().ifPresent(constraint -> answers.begin(sequence, constraint));
      return true;
    } catch (RuntimeException | Error e) {
      waiting.remove(sequence);
      ticket.fail(failure(ticket, e));
      return false;
    }
  }

  private void tellPositions() {
    int before = running.size();
    for (Sequence sequence : List.copyOf(waiting)) {
      if (!sequence.hasBegun() && sequence.moveTo(before)) {
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
    int ofPrompts =
        parts.stream().filter(part -> !part.sequence().isGenerating()).mapToInt(Part::count).sum();
    if (ofPrompts == 0) {
      gate.note(batch.size(), elapsedNanos);
    } else if (ofPrompts >= PromptPace.LEAST) {
      pace.note(ofPrompts, elapsedNanos);
    }
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

  private void makeRoom(List<Part> parts) {
    if (memory.makeRoom(batch.size())) {
      return;
    }
    if (parts.stream().anyMatch(part -> part.drafted() > 0)) {
      leavesDraftsOut = true;
      return;
    }
    if (running.size() > 1) {
      suspend(running.getLast());
      return;
    }
    throw new EngineException(
        Kind.FAILED,
        "The context of "
            + limits.cells()
            + " tokens had no room for "
            + batch.size()
            + " more, which must not happen.");
  }

  /** Nobody knows what a batch that failed has left behind, so all of it is forgotten. */
  private void abandon(List<Part> parts, Throwable failure) {
    for (Part part : parts) {
      Sequence sequence = part.sequence();
      if (running.remove(sequence)) {
        memory.drop(sequence.number());
        sequence.ticket().fail(failure(sequence.ticket(), failure));
      }
    }
  }

  private void advance(Part part) {
    Sequence sequence = part.sequence();
    try {
      boolean wasReading = sequence.isReading();
      sequence.setEvaluated(sequence.evaluated() + part.count());
      if (wasReading) {
        memory.noteGrown(sequence.number(), sequence.tokens(), sequence.evaluated());
        // One that gave its place up in the middle of its answer may read its prompt a second time.
        if (sequence.isBeforeAnswer()) {
          sequence.ticket().tell(sequence.progress());
        }
      }
      if (part.logits() >= 0) {
        generate(part);
      }
    } catch (RuntimeException | Error e) {
      if (running.contains(sequence)) {
        end(sequence);
      }
      sequence.ticket().fail(failure(sequence.ticket(), e));
    }
  }

  /** Goes on with the answer, for as long as what was guessed is what the model would say. */
  private void generate(Part part) {
    Sequence sequence = part.sequence();
    sequence.noteAnswer();
    int accepted = 0;
    Optional<StopReason> stop = Optional.empty();
    try {
      stop = answers.next(sequence, part.logits());
      while (stop.isEmpty()
          && accepted < part.drafted()
          && batch.token(part.logits() + 1 + accepted)
              == sequence.tokens().get(sequence.evaluated())) {
        accepted++;
        sequence.setEvaluated(sequence.evaluated() + 1);
        // What has to come was guessed, too, and needs no choice.
        if (sequence.remaining() == 0) {
          stop = answers.next(sequence, part.logits() + accepted);
        }
      }
    } finally {
      if (part.drafted() > 0) {
        sequence.drafter().note(accepted, part.drafted());
        memory.trim(sequence.number(), sequence.evaluated());
      }
    }
    stop.ifPresent(reason -> finish(sequence, reason));
  }

  private void finish(Sequence sequence, StopReason reason) {
    answers.tellRest(sequence);
    sequence.ticket().tell(new GenerationEvent.Finished(sequence.result(reason)));
    end(sequence);
    reader.remember(sequence.prompt(), sequence.answer());
  }

  private static EngineException failure(Ticket ticket, Throwable failure) {
    return switch (failure) {
      case EngineException e -> e;
      case SchemaException e -> Constraints.refused(e);
      case BackendException e -> new EngineException(Kind.FAILED, e.getMessage(), e);
      default -> {
        LOG.log(Level.ERROR, () -> "request " + ticket.request().id() + " failed", failure);
        yield new EngineException(
            Kind.FAILED, "The engine failed: " + failure + ". The log holds the details.", failure);
      }
    };
  }

  /** Whoever has not been answered yet. */
  List<Ticket> tickets() {
    return Stream.concat(running.stream(), waiting.stream()).map(Sequence::ticket).toList();
  }
}
