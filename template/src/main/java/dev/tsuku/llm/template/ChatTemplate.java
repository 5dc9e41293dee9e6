package dev.tsuku.llm.template;

import dev.tsuku.llm.template.PromptPiece.Collector;
import dev.tsuku.llm.template.TemplateTraits.CallForm;
import dev.tsuku.llm.template.jinja.Template;
import dev.tsuku.llm.template.jinja.library.Globals;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.TemplateException.Kind;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The format that a model brings along: a Jinja template, which stands in its file. Parsed once,
 * and tried on tiny conversations to see what it can do; what it cannot write is put into words
 * that it can. Immutable and thread-safe.
 *
 * <p>What a user, a tool or a model wrote is content in the prompt, wherever the template puts it
 * and whatever it does to it.
 */
public final class ChatTemplate implements PromptFormat {

  /** No less than a request with the tiniest conversation may cost. */
  private static final Limits TINY = Limits.DEFAULT;

  private final Template template;
  private final Map<String, Value> constants;
  private final TemplateTraits traits;

  /** Whether calls that it writes in a way of its own are put into words. */
  private final boolean adaptsCalls;

  /** Probed when it is first asked for; several threads would find the same. */
  private volatile @Nullable OwnShape ownShape;

  /** How it writes calls itself; empty if their arguments are no JSON, or it writes none. */
  private record OwnShape(Optional<CallShape> calls) {}

  private ChatTemplate(
      Template template, Map<String, Value> constants, TemplateTraits traits, boolean adaptsCalls) {
    this.template = template;
    this.constants = constants;
    this.traits = traits;
    this.adaptsCalls = adaptsCalls;
  }

  /**
   * Reads a template.
   *
   * @param source Jinja, as in a model's file
   * @param tokens the vocabulary's, which most templates write
   * @param clock for templates that tell the model the date, with the zone in which it is told
   * @throws TemplateException if it is no template, or cannot render a single message, not even
   *     with a system message before it
   */
  public static ChatTemplate parse(String source, BoundaryTokens tokens, Clock clock) {
    return parse(source, tokens, clock, RenderGuard.NONE);
  }

  /**
   * Reads a template for as long as the guard lets it be tried.
   *
   * @throws TemplateException as above
   */
  public static ChatTemplate parse(
      String source, BoundaryTokens tokens, Clock clock, RenderGuard guard) {
    Template template = Template.parse(source);
    Map<String, Value> constants = new HashMap<>(Globals.all(clock));
    constants.put("bos_token", Text.format(tokens.start()));
    constants.put("eos_token", Text.format(tokens.end()));
    constants.put("add_generation_prompt", Value.TRUE);
    ChatTemplate unknown =
        new ChatTemplate(template, Map.copyOf(constants), TemplateTraits.ALL, true);
    TemplateTraits traits = unknown.probe(guard).traits();
    // What the guard ended looks to the probe like what the template cannot do.
    guard.check();
    return new ChatTemplate(template, unknown.constants, traits, true);
  }

  private TemplateProbe probe(RenderGuard guard) {
    return new TemplateProbe((probe, form) -> text(probe, form, TINY, guard).string());
  }

  /**
   * The same template, told whether the model is to think before it answers. Templates of models
   * that always or never think take no notice; without this, each does as its model's makers chose.
   */
  public ChatTemplate thinking(boolean thinking) {
    Map<String, Value> told = new HashMap<>(constants);
    // The one name is Qwen's, which most others took over, the other one DeepSeek's and Granite's.
    told.put("enable_thinking", Value.of(thinking));
    told.put("thinking", Value.of(thinking));
    return new ChatTemplate(template, Map.copyOf(told), traits, adaptsCalls);
  }

  /**
   * The same template for a model that was trained without system prompts and tool definitions: it
   * is given them, and what it omits is not added in words.
   */
  public ChatTemplate unadapted() {
    return new ChatTemplate(
        template, constants, probe(RenderGuard.NONE).traitsWithSystemAndTools(), false);
  }

  /** What the template can do. */
  public TemplateTraits traits() {
    return traits;
  }

  /**
   * {@inheritDoc}
   *
   * @throws TemplateException if the template refuses the conversation, fails, or wants too much
   */
  @Override
  public List<PromptPiece> render(Conversation conversation, RenderGuard guard) {
    TemplateTraits used = traitsFor(conversation, guard);
    Text text;
    try {
      text = text(Adaptation.adapt(conversation, used), guard);
    } catch (TemplateException e) {
      text = inPlainTurns(conversation, used, e, guard);
    }
    return pieces(text);
  }

  /**
   * What it is used for. Tools, calls and results go together: a model that is told to call in one
   * way, and sees calls written in another, does neither well.
   */
  private TemplateTraits traitsFor(Conversation conversation, RenderGuard guard) {
    boolean hasTools =
        !conversation.tools().isEmpty()
            || conversation.turns().stream()
                .anyMatch(
                    turn ->
                        turn instanceof Turn.Assistant(String content, List<ToolCall> calls)
                            && !calls.isEmpty());
    return adaptsCalls && traits.tools() && hasTools && ownCallShape(guard).isEmpty()
        ? traits.withToolsInWords()
        : traits;
  }

  /**
   * {@inheritDoc}
   *
   * <p>As the template writes calls that were made; in words where it does not, or where it writes
   * their arguments not as JSON.
   */
  @Override
  public CallShape callShape(RenderGuard guard) {
    return ownCallShape(guard).orElse(CallShape.TAGS);
  }

  private Optional<CallShape> ownCallShape(RenderGuard guard) {
    OwnShape known = ownShape;
    if (known == null) {
      known =
          new OwnShape(
              traits.calls()
                  ? new CallProbe(
                          (probe, form) -> text(probe, form, TINY, guard).string(),
                          traits.callForm())
                      .shape(traits.severalCalls())
                  : Optional.empty());
      guard.check();
      ownShape = known;
    }
    return known.calls();
  }

  /** Once more with nothing but user and assistant in turn, which most templates take. */
  private Text inPlainTurns(
      Conversation conversation,
      TemplateTraits used,
      TemplateException failure,
      RenderGuard guard) {
    Conversation plain = Adaptation.adapt(conversation, traits.withoutTools());
    if (failure.kind() == Kind.LIMIT || plain.equals(Adaptation.adapt(conversation, used))) {
      throw failure;
    }
    try {
      return text(plain, guard);
    } catch (TemplateException again) {
      failure.addSuppressed(again);
      throw failure;
    }
  }

  private Text text(Conversation conversation, RenderGuard guard) {
    return text(
        conversation,
        traits.callForm(),
        Limits.forInput(characters(conversation), conversation.turns().size()),
        guard);
  }

  private Text text(Conversation conversation, CallForm form, Limits limits, RenderGuard guard) {
    Map<String, Value> variables = TemplateVariables.of(conversation, form);
    variables.putAll(constants);
    return template.render(variables, limits, guard);
  }

  private static long characters(Conversation conversation) {
    long characters = conversation.system().length();
    for (ToolDefinition tool : conversation.tools()) {
      characters += tool.name().length() + tool.description().length();
      characters += tool.parametersJson().length();
    }
    for (Turn turn : conversation.turns()) {
      characters +=
          switch (turn) {
            case Turn.User(String content) -> content.length();
            case Turn.ToolResult result -> result.content().length();
            case Turn.Assistant(String content, List<ToolCall> calls) ->
                content.length()
                    + calls.stream().mapToLong(call -> call.argumentsJson().length()).sum();
          };
    }
    return characters;
  }

  private static List<PromptPiece> pieces(Text text) {
    String all = text.string();
    Collector pieces = new Collector();
    text.runs(
        0,
        all.length(),
        (from, to, content) -> {
          String part = all.substring(from, to);
          if (content) {
            pieces.content(part);
          } else {
            pieces.format(part);
          }
        });
    return pieces.pieces();
  }
}
