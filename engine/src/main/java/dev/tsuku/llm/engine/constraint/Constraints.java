package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.grammar.mask.Masks;
import dev.tsuku.llm.grammar.mask.TextMasks;
import dev.tsuku.llm.grammar.match.CallNotation;
import dev.tsuku.llm.grammar.match.Calls;
import dev.tsuku.llm.grammar.match.Position;
import dev.tsuku.llm.grammar.schema.SchemaException;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.template.CallShape;
import dev.tsuku.llm.template.PromptFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Begins answers that have to be something, and remembers for those to come what was found out
 * about the vocabulary and about such answers. For one model; belongs to the decode thread.
 */
public final class Constraints {

  /** Kinds of answers of which something is remembered. */
  private static final int MOST = 6;

  private static final long MASK_BYTES = 4 << 20;

  private final Vocabulary vocabulary;
  private final PromptFormat format;
  private final Map<AnswerPlan, Guide> guides = new LinkedHashMap<>(16, 0.75f, true);
  private List<Integer> ends = List.of();
  private @Nullable TextMasks texts;
  private @Nullable CallNotation notation;

  /** Nothing is known yet. */
  public Constraints(Vocabulary vocabulary, PromptFormat format) {
    this.vocabulary = vocabulary;
    this.format = format;
  }

  /**
   * Begins an answer.
   *
   * @param isThinking whether the prompt ends where the model's thoughts begin
   * @return empty if it may be anything
   */
  public Optional<Constraint> begin(AnswerPlan plan, boolean isThinking) {
    if (plan.value().isEmpty() && plan.tools().isEmpty()) {
      return Optional.empty();
    }
    Guide guide = guides.get(plan);
    // What was remembered of one that is full is of little use to the next answer.
    if (guide == null || guide.start().isMemoryFull()) {
      guide = make(plan);
      guides.put(plan, guide);
      if (guides.size() > MOST) {
        guides.remove(guides.keySet().iterator().next());
      }
    }
    Position start =
        isThinking
            ? guide.start().afterThinking(new Notations(vocabulary).thoughts())
            : guide.start();
    return Optional.of(new Constraint(guide, start, vocabulary));
  }

  private Guide make(AnswerPlan plan) {
    Masks masks = new Masks(texts(), MASK_BYTES);
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
            notation(),
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

  /** What is told of a schema that turned out too late to be more than can be kept. */
  public static EngineException refused(SchemaException reason) {
    return Schemas.refused(
        "The schema cannot be honoured: " + reason.getMessage() + ". Change it there.", reason);
  }

  private CallNotation notation() {
    CallNotation known = notation;
    if (known == null) {
      Notations notations = new Notations(vocabulary);
      known =
          notations
              .of(format.callShape())
              .or(() -> notations.of(CallShape.TAGS))
              .orElseThrow(
                  () ->
                      new EngineException(
                          EngineException.Kind.TEMPLATE_FAILED,
                          "The model has no way to write calls of tools. Use another model."));
      notation = known;
    }
    return known;
  }

  private TextMasks texts() {
    TextMasks made = texts;
    if (made == null) {
      ends =
          IntStream.range(0, vocabulary.size()).filter(vocabulary::endsGeneration).boxed().toList();
      byte[][] bytes = new byte[vocabulary.size()][];
      for (int token = 0; token < bytes.length; token++) {
        bytes[token] = vocabulary.isText(token) ? vocabulary.bytes(token) : new byte[0];
      }
      made = new TextMasks(TextTokens.of(bytes));
      texts = made;
    }
    return made;
  }
}
