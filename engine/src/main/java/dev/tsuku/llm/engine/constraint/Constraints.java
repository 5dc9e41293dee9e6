package dev.tsuku.llm.engine.constraint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prompt.Formats;
import dev.tsuku.llm.grammar.mask.Masks;
import dev.tsuku.llm.grammar.mask.TextMasks;
import dev.tsuku.llm.grammar.match.CallNotation;
import dev.tsuku.llm.grammar.match.Calls;
import dev.tsuku.llm.grammar.match.Position;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.template.CallShape;
import dev.tsuku.llm.template.PromptFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Begins constrained answers, and remembers for those to come what was found out about the
 * vocabulary and about such answers. For one model; thread-safe.
 */
public final class Constraints {

  /** Kinds of answers of which something is remembered. */
  private static final int MOST = 6;

  private static final long MASK_BYTES = 4 << 20;

  private final Vocabulary vocabulary;
  private final Formats formats;
  private final SearchLimits limits;

  @GuardedBy("lock")
  private final Map<Key, Guide> guides = new LinkedHashMap<>(16, 0.75f, true);

  /** Of all states of matchers, which share what was found out about them. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private final ReentrantLock making = new ReentrantLock();

  @GuardedBy("making")
  private @Nullable Tables tables;

  /**
   * What is the same for all answers of a model.
   *
   * @param ends the tokens with which it ends its answers
   */
  private record Tables(TextMasks texts, List<Integer> ends, Notations notations) {}

  /** A plan, and how its calls are written; the same for all plans without any. */
  private record Key(AnswerPlan plan, CallShape shape) {}

  /** Nothing is known yet. */
  public Constraints(Vocabulary vocabulary, Formats formats) {
    this(vocabulary, formats, SearchLimits.USUAL);
  }

  /** The same for requests that bring no template. */
  public Constraints(Vocabulary vocabulary, PromptFormat format) {
    this(vocabulary, Formats.only(format));
  }

  /** The same with limits of its own on the search for one mask or completion. */
  public Constraints(Vocabulary vocabulary, PromptFormat format, SearchLimits limits) {
    this(vocabulary, Formats.only(format), limits);
  }

  private Constraints(Vocabulary vocabulary, Formats formats, SearchLimits limits) {
    this.limits = limits;
    this.vocabulary = vocabulary;
    this.formats = formats;
  }

  /** Whether answers of a plan may be anything, so that there is nothing to {@link #begin}. */
  public static boolean isFree(AnswerPlan plan) {
    return plan.value().isEmpty() && plan.tools().isEmpty();
  }

  /**
   * Begins an answer. The first one of a model takes long, because tables of its vocabulary are
   * made, and one of a new schema may; so this is for a worker.
   *
   * @param isThinking whether the prompt ends where the model's thoughts begin
   * @param cancelled asked now and then; true ends the work
   * @return empty if it may be anything
   * @throws EngineException of kind {@code SCHEMA_REFUSED} if no end of it is found in time
   */
  public Optional<Constraint> begin(
      AnswerPlan plan, boolean isThinking, BooleanSupplier cancelled) {
    return begin(plan, "", isThinking, cancelled);
  }

  /**
   * The same for a request with a chat template.
   *
   * @param template that it brings; empty for the model's own
   */
  public Optional<Constraint> begin(
      AnswerPlan plan, String template, boolean isThinking, BooleanSupplier cancelled) {
    if (isFree(plan)) {
      return Optional.empty();
    }
    Key key =
        new Key(
            plan,
            plan.value().isPresent() ? CallShape.TAGS : formats.callShape(template, cancelled));
    Tables known = tables();
    Constraint constraint;
    lock.lock();
    try {
      Guide guide = guides.get(key);
      // What was remembered of one that is full is of little use to the next answer.
      if (guide == null || guide.start().isMemoryFull()) {
        guide = make(key, known);
        guides.put(key, guide);
        if (guides.size() > MOST) {
          guides.remove(guides.keySet().iterator().next());
        }
      }
      Position start =
          isThinking ? guide.start().afterThinking(known.notations().thoughts()) : guide.start();
      constraint = new Constraint(guide, start, vocabulary, lock, limits);
    } finally {
      lock.unlock();
    }
    constraint.prepare(cancelled);
    return Optional.of(constraint);
  }

  private Guide make(Key key, Tables known) {
    AnswerPlan plan = key.plan();
    Masks masks = new Masks(known.texts(), MASK_BYTES);
    List<Integer> ends = known.ends();
    if (plan.value().isPresent()) {
      return new Guide(Position.start(plan.value().get().node()), masks, List.of(), ends);
    }
    List<AnswerPlan.Tool> tools =
        switch (plan.choice()) {
          case ToolChoice.None ignored -> List.of();
          case ToolChoice.Named(String name) ->
              plan.tools().stream().filter(tool -> tool.name().equals(name)).toList();
          case ToolChoice.Auto ignored -> plan.tools();
          case ToolChoice.Required ignored -> plan.tools();
        };
    Calls calls =
        new Calls(
            notation(key.shape(), known),
            tools.stream()
                .map(tool -> new Calls.Tool(tool.name(), tool.arguments().node()))
                .toList());
    boolean isRequired =
        plan.choice() instanceof ToolChoice.Required || plan.choice() instanceof ToolChoice.Named;
    return new Guide(
        isRequired ? calls.required() : calls.possible(),
        masks,
        tools.stream().map(AnswerPlan.Tool::name).toList(),
        ends);
  }

  private CallNotation notation(CallShape shape, Tables known) {
    return known
        .notations()
        .of(shape)
        .or(() -> known.notations().of(CallShape.TAGS))
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Kind.TEMPLATE_FAILED,
                    "The model has no way to write calls of tools. Use another model."));
  }

  /** Made once; whoever comes meanwhile waits for it. */
  private Tables tables() {
    making.lock();
    try {
      Tables made = tables;
      if (made == null) {
        byte[][] bytes = vocabulary.textBytes();
        // What is text ends no answer, and only the others are asked one by one.
        List<Integer> ends =
            IntStream.range(0, bytes.length)
                .filter(token -> bytes[token].length == 0 && vocabulary.endsGeneration(token))
                .boxed()
                .toList();
        if (Thread.currentThread().isInterrupted()) {
          throw new EngineException(EngineException.Kind.CLOSED, "The model is being unloaded.");
        }
        made = new Tables(new TextMasks(TextTokens.of(bytes)), ends, new Notations(vocabulary));
        tables = made;
      }
      return made;
    } finally {
      making.unlock();
    }
  }
}
