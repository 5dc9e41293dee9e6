package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.constraint.TokenConstraint;
import dev.tsuku.llm.engine.draft.DraftGate;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides what is computed in the next step: one token for every answer under way, those that have
 * to come behind it, and draft tokens where they are worth it, and parts of the prompts that are
 * being read, in the same batch or by turns, as the backend prefers. Belongs to the decode thread.
 *
 * <p>Of the room for prompts, half is for the oldest, so that it cannot starve; the rest is for the
 * one that needs least, because its caller's wait can be ended soonest. Where the backend prefers
 * it, each has every other turn instead of half of each step. While answers are under way, prompts
 * get less room, so that nobody's next word waits long for somebody else's prompt.
 */
final class BatchFiller {

  /**
   * What a batch has of a sequence.
   *
   * @param count how many tokens, from the first on that is not computed yet
   * @param logits the index of its last one in the batch; -1 if its logits are not wanted, because
   *     the sequence has more to compute
   * @param drafted how many tokens stand behind that one in the batch, each with its logits, that
   *     are only a draft
   */
  record Part(Sequence sequence, int count, int logits, int drafted) {}

  private static final Logger LOG = System.getLogger(BatchFiller.class.getName());

  /** So many times the usual pause of answers is the longest, where several prompts are read. */
  private static final int MOST_PACES = 4;

  /** A turn is over when no more than so many tokens are left of it. */
  private static final int SHORT = 32;

  private static final int[] NO_DRAFT = {};

  private final TokenBatch batch;
  private final Limits limits;
  private final BackendContext context;
  private final boolean mixes;
  private final int draftTokens;
  private final DraftGate gate;
  private final PromptPace pace;

  /** Whether the last batch continued answers. */
  private boolean hadAnswers;

  /** Whose prompt is being read, where one is read at a time. */
  private Optional<Sequence> reader = Optional.empty();

  /** Whether that was the oldest. */
  private boolean readOldest;

  /** How many tokens of prompts have been read since the last answers, or of this one. */
  private int inTurn;

  /** A filler for batches of this capacity, for a context. */
  BatchFiller(
      TokenBatch batch, Limits limits, BackendContext context, DraftGate gate, PromptPace pace) {
    this.batch = batch;
    this.limits = limits;
    this.context = context;
    this.mixes = context.prefersMixedBatches();
    // A wrong draft token is to be forgotten again.
    this.draftTokens = context.sharesPrefixes() ? limits.draftTokens() : 0;
    this.gate = gate;
    this.pace = pace;
  }

  /**
   * Fills the batch anew.
   *
   * @param running in the order in which they came; at least one of them computable
   * @return what it holds; never empty
   */
  List<Part> fill(List<Sequence> running) {
    batch.clear();
    List<Sequence> answering = new ArrayList<>();
    List<Sequence> reading = new ArrayList<>();
    int spare = batch.capacity() - running.size();
    for (Sequence sequence : running) {
      if (!sequence.isComputable()) {
        continue;
      }
      if (isAnswering(sequence) && sequence.remaining() - 1 <= spare) {
        spare -= sequence.remaining() - 1;
        answering.add(sequence);
      } else {
        reading.add(sequence);
      }
    }
    // Backends compute neighbours together.
    answering.sort(Comparator.comparingInt(Sequence::number));
    List<Part> parts = new ArrayList<>();
    if (reading.isEmpty()) {
      addAnswers(answering, parts);
      hadAnswers = true;
      return parts;
    }
    int room = answering.isEmpty() ? batch.capacity() : besideAnswers(reading.size());
    if (mixes) {
      addAnswers(answering, parts);
      addPrompts(reading, Math.min(room, batch.capacity() - batch.size()), parts);
      return parts;
    }
    boolean isTurnOver = inTurn + SHORT > room || reader.filter(reading::contains).isEmpty();
    boolean continuesAnswers = !answering.isEmpty() && !hadAnswers && isTurnOver;
    if (continuesAnswers) {
      addAnswers(answering, parts);
    } else {
      Sequence sequence = isTurnOver || hadAnswers ? next(reading) : reader.orElseThrow();
      addPrompt(sequence, room - inTurn, parts);
    }
    hadAnswers = continuesAnswers;
    return parts;
  }

  /**
   * Whether it goes into the batch of answers. The last token of a prompt that was known is
   * computed like one of an answer: of eight that come again at once, the last would wait for seven
   * steps.
   */
  private static boolean isAnswering(Sequence sequence) {
    return sequence.isGenerating() || sequence.remaining() == 1;
  }

  /** How many tokens of prompts answers wait for: the more callers wait for theirs, the more. */
  private int besideAnswers(int prompts) {
    int waiting = Math.clamp(prompts, 1, MOST_PACES);
    return Math.min(limits.besideAnswers(), waiting * pace.tokens());
  }

  private void addAnswers(List<Sequence> answering, List<Part> parts) {
    // Of sequences that differ in length, a backend computes what they have in common at once and
    // the rest by itself, which no draft is worth.
    boolean mayDraft = answering.size() == 1;
    for (Sequence sequence : answering) {
      parts.add(addAnswer(sequence, mayDraft ? batch.capacity() - sequence.remaining() : 0));
    }
  }

  private Part addAnswer(Sequence sequence, int room) {
    int count = sequence.remaining();
    int last = sequence.evaluated() + count - 1;
    int index = -1;
    for (int i = sequence.evaluated(); i <= last; i++) {
      index = batch.add(sequence.tokens().get(i), i, sequence.number(), i == last);
    }
    int left = Math.min(sequence.wanted() - 1, context.shape().tokens() - sequence.tokens().size());
    int most = Math.max(0, Math.min(Math.min(room, left), draftTokens));
    int[] draft = draft(sequence, count, most);
    for (int i = 0; i < draft.length; i++) {
      batch.add(draft[i], last + 1 + i, sequence.number(), true);
    }
    return new Part(sequence, count, index, draft.length);
  }

  /** Draft tokens only make an answer faster, so a fault among them costs no more than them. */
  private int[] draft(Sequence sequence, int before, int most) {
    try {
      int[] draft = sequence.drafter().draft(gate, before, most);
      if (draft.length == 0 || sequence.constraint().isEmpty()) {
        return draft;
      }
      TokenConstraint constraint = sequence.constraint().get();
      return Arrays.copyOf(draft, constraint.holding(() -> constraint.allowed(draft)));
    } catch (RuntimeException | Error e) {
      LOG.log(
          Level.ERROR,
          () -> "request " + sequence.ticket().request().id() + ": no draft tokens",
          e);
      return NO_DRAFT;
    }
  }

  /**
   * Begins a turn: of the oldest, or in the next turn of that one of the others that needs least.
   */
  private Sequence next(List<Sequence> reading) {
    inTurn = 0;
    readOldest = !readOldest;
    Sequence sequence =
        readOldest || reading.size() == 1
            ? reading.getFirst()
            : reading.subList(1, reading.size()).stream()
                .min(Comparator.comparingInt(Sequence::remaining))
                .orElseThrow();
    reader = Optional.of(sequence);
    return sequence;
  }

  /**
   * Reads on in one prompt. How attention is summed up depends on whether a step has few tokens of
   * a sequence, so where the backend wants many, no part of a prompt is short.
   */
  private void addPrompt(Sequence sequence, int room, List<Part> parts) {
    int remaining = sequence.remaining();
    int best = context.stepTokens(sequence.evaluated());
    boolean wantsMany = best >= PromptPace.LEAST;
    int most = wantsMany ? Math.max(room, PromptPace.LEAST) : room;
    int count = Math.min(Math.min(most, best), remaining);
    int rest = remaining - count;
    if (wantsMany && rest > 0 && rest < PromptPace.LEAST) {
      int shorter = remaining - PromptPace.LEAST;
      count = shorter >= PromptPace.LEAST ? shorter : Math.min(remaining, batch.capacity());
    }
    inTurn += count;
    parts.add(add(sequence, count));
  }

  private void addPrompts(List<Sequence> reading, int room, List<Part> parts) {
    Sequence oldest = reading.getFirst();
    int left = room;
    int oldestCount = Math.min(oldest.remaining(), (room + 1) / 2);
    left -= oldestCount;
    List<Sequence> others = new ArrayList<>(reading.subList(1, reading.size()));
    others.sort(Comparator.comparingInt(Sequence::remaining));
    List<Part> behind = new ArrayList<>();
    for (Sequence sequence : others) {
      int count = Math.min(left, sequence.remaining());
      if (count > 0) {
        behind.add(add(sequence, count));
        left -= count;
      }
    }
    parts.add(add(oldest, Math.min(oldest.remaining(), oldestCount + left)));
    parts.addAll(behind);
  }

  private Part add(Sequence sequence, int count) {
    int first = sequence.evaluated();
    int last = first + count - 1;
    boolean wantsLogits = count == sequence.remaining();
    int index = -1;
    for (int i = first; i <= last; i++) {
      index = batch.add(sequence.tokens().get(i), i, sequence.number(), wantsLogits && i == last);
    }
    return new Part(sequence, count, wantsLogits ? index : -1, 0);
  }
}
