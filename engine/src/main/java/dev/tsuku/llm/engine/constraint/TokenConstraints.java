package dev.tsuku.llm.engine.constraint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prompt.Formats;
import dev.tsuku.llm.engine.prompt.Prompt.Opening;
import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.Calls;
import dev.tsuku.llm.grammar.match.ChannelTags;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.Reasoning;
import dev.tsuku.llm.grammar.match.ReasoningTags;
import dev.tsuku.llm.grammar.match.ToolCallSyntax;
import dev.tsuku.llm.template.CallShape;
import dev.tsuku.llm.template.PromptFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Creates the {@link TokenConstraint} of each constrained answer, and caches the vocabulary tables
 * and compiled grammars that they share. One per model; thread-safe.
 */
public final class TokenConstraints {

  /** Kinds of answers of which something is remembered. */
  private static final int MOST = 6;

  private static final long MASK_BYTES = 4 << 20;

  private final Vocabulary vocabulary;
  private final Formats formats;
  private final SearchLimits limits;
  private final ToolCallSyntaxes notations;

  @GuardedBy("lock")
  private final Map<Key, Guide> guides = new LinkedHashMap<>(16, 0.75f, true);

  /** Of all states of matchers, which share what was found out about them. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private final ModelTables tables;

  /** A plan, how its calls are written, the same for all plans without any, and reasoning. */
  private record Key(ResponseFormat plan, CallShape shape, Reasoning reasoning) {}

  /** Nothing is known yet. */
  public TokenConstraints(Vocabulary vocabulary, Formats formats) {
    this(vocabulary, formats, TablesStore.NONE);
  }

  /** The same with a place where the tables of the vocabulary may be. */
  public TokenConstraints(Vocabulary vocabulary, Formats formats, TablesStore store) {
    this(vocabulary, formats, store, SearchLimits.USUAL);
  }

  /** The same for requests that bring no template. */
  public TokenConstraints(Vocabulary vocabulary, PromptFormat format) {
    this(vocabulary, Formats.only(format));
  }

  /** The same with limits of its own on the search for one mask or completion. */
  public TokenConstraints(Vocabulary vocabulary, PromptFormat format, SearchLimits limits) {
    this(vocabulary, Formats.only(format), TablesStore.NONE, limits);
  }

  private TokenConstraints(
      Vocabulary vocabulary, Formats formats, TablesStore store, SearchLimits limits) {
    this.limits = limits;
    this.tables = new ModelTables(vocabulary, store);
    this.vocabulary = vocabulary;
    this.formats = formats;
    this.notations = new ToolCallSyntaxes(vocabulary);
  }

  /**
   * Whether answers of a plan may be anything, and all of it is for the reader, so that there is
   * nothing to {@link #begin}.
   */
  public boolean isFree(ResponseFormat plan, Opening opening) {
    return plan.value().isEmpty()
        && plan.tools().isEmpty()
        && (opening != Opening.HEADER || notations.channels().isEmpty());
  }

  /**
   * Begins an answer. The first one of a model may take long, because tables of its vocabulary are
   * read or made, and one of a new schema may; so this is for a worker.
   *
   * @param opening with what the prompt makes the model begin
   * @param cancelled asked now and then; true ends the work
   * @return empty if it may be anything
   * @throws EngineException of kind {@code SCHEMA_REFUSED} if no end of it is found in time
   */
  public Optional<TokenConstraint> begin(
      ResponseFormat plan, Opening opening, BooleanSupplier cancelled) {
    return begin(plan, "", opening, cancelled);
  }

  /**
   * The same for a request with a chat template.
   *
   * @param template that it brings; empty for the model's own
   */
  public Optional<TokenConstraint> begin(
      ResponseFormat plan, String template, Opening opening, BooleanSupplier cancelled) {
    if (isFree(plan, opening)) {
      return Optional.empty();
    }
    Key key =
        new Key(
            plan,
            plan.tools().isEmpty() ? CallShape.TAGS : formats.callShape(template, cancelled),
            notations.reasoning(opening));
    ModelTables.Tables known = tables.tables();
    TokenConstraint constraint;
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
      MatcherState start =
          opening == Opening.THINKING && key.reasoning() instanceof ReasoningTags tags
              ? guide.start().afterThinking(tags)
              : guide.start();
      constraint = new TokenConstraint(guide, start, vocabulary, lock, limits);
    } finally {
      lock.unlock();
    }
    constraint.prepare(cancelled);
    return Optional.of(constraint);
  }

  private Guide make(Key key, ModelTables.Tables known) {
    ResponseFormat plan = key.plan();
    TokenMasks masks = new TokenMasks(known.texts(), MASK_BYTES);
    List<Integer> ends = known.ends();
    if (plan.value().isPresent()) {
      MatcherState value = MatcherState.start(plan.value().get().node());
      return new Guide(
          key.reasoning() instanceof ChannelTags tags ? value.inFinalMessage(tags) : value,
          masks,
          List.of(),
          ends);
    }
    List<ResponseFormat.Tool> tools =
        switch (plan.choice()) {
          case ToolChoice.None ignored -> List.of();
          case ToolChoice.Named(String name) ->
              plan.tools().stream().filter(tool -> tool.name().equals(name)).toList();
          case ToolChoice.Auto ignored -> plan.tools();
          case ToolChoice.Required ignored -> plan.tools();
        };
    Calls calls =
        new Calls(
            notation(key),
            tools.stream()
                .map(tool -> new Calls.Tool(tool.name(), tool.arguments().node()))
                .toList(),
            plan.severalCalls());
    boolean isRequired =
        plan.choice() instanceof ToolChoice.Required || plan.choice() instanceof ToolChoice.Named;
    return new Guide(
        isRequired ? calls.required() : possible(calls, key),
        masks,
        tools.stream().map(ResponseFormat.Tool::name).toList(),
        ends);
  }

  /** A model that was told of the tags in words may spell them, or write its tokens of them. */
  private MatcherState possible(Calls calls, Key key) {
    return key.shape().equals(CallShape.TAGS)
        ? calls.possible(notations.spelledTags(key.reasoning()))
        : calls.possible();
  }

  private ToolCallSyntax notation(Key key) {
    return notations
        .of(key.shape(), key.reasoning())
        .or(() -> notations.of(CallShape.TAGS, key.reasoning()))
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Kind.TEMPLATE_FAILED,
                    "The model has no way to write calls of tools. Use another model."));
  }
}
