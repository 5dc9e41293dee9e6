package dev.tsuku.llm.template;

import dev.tsuku.llm.template.TemplateTraits.CallForm;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Finds out how a template writes calls, by having it write some. */
final class CallProbe {

  private static final String NAME = "qztool";
  private static final String ID = "callqz001";
  private static final String OTHER_ID = "callqz002";

  /** What is written where a model makes ids up; nobody gets to see it. */
  private static final String WRITTEN_ID = "call00000";

  /** The template of this family writes in another order than the model was taught to. */
  private static final String HARMONY = "to=functions.";

  private static final String HARMONY_CHANNEL = "<|channel|>commentary ";

  private static final ToolDefinition TOOL =
      new ToolDefinition(
          NAME,
          "qzpurpose",
          "{\"type\": \"object\", \"properties\": {\"qzkey\": {\"type\": \"string\"}, \"qzmore\":"
              + " {\"type\": \"string\"}}, \"required\": [\"qzkey\"]}");

  private static final String SPACED = "{\"qzkey\": \"qzvalue\", \"qzmore\": \"qzlast\"}";
  private static final String COMPACT = "{\"qzkey\":\"qzvalue\",\"qzmore\":\"qzlast\"}";

  private final BiFunction<Conversation, CallForm, String> renderer;
  private final CallForm form;

  /** A probe of a template, given as what renders with it, unadapted. */
  CallProbe(BiFunction<Conversation, CallForm, String> renderer, CallForm form) {
    this.renderer = renderer;
    this.form = form;
  }

  /** How calls are written; empty if their arguments are no JSON, or it cannot be told. */
  Optional<CallShape> shape(boolean severalCalls) {
    try {
      String asked = render(List.of());
      String called = render(List.of(ID));
      int start = beginningOfTag(called, common(asked, called));
      int name = called.indexOf(NAME, start);
      if (name < 0) {
        return Optional.empty();
      }
      boolean isSpaced = called.indexOf(SPACED, name) >= 0;
      String arguments = isSpaced ? SPACED : COMPACT;
      int from = called.indexOf(arguments, name);
      if (from < 0) {
        return Optional.empty();
      }
      String before = behindThoughts(called.substring(start, name)).stripLeading();
      String between = called.substring(name + NAME.length(), from);
      String after = called.substring(from + arguments.length());
      if (before.isEmpty() || between.isEmpty()) {
        return Optional.empty();
      }
      if (before.equals(HARMONY)) {
        return Optional.of(
            new CallShape(
                HARMONY_CHANNEL + HARMONY, " <|constrain|>json<|message|>", after, "", isSpaced));
      }
      String next = severalCalls ? next(between, arguments) : "";
      return Optional.of(new CallShape(before, between, after, next, isSpaced));
    } catch (TemplateException e) {
      return Optional.empty();
    }
  }

  /** What stands between two calls; empty if the second is not written like the first. */
  private String next(String between, String arguments) {
    String called = render(List.of(ID, OTHER_ID));
    int first = called.indexOf(arguments);
    int name = first < 0 ? -1 : called.indexOf(NAME, first + arguments.length());
    if (name < 0 || !called.startsWith(between + arguments, name + NAME.length())) {
      return "";
    }
    return called.substring(first + arguments.length(), name);
  }

  /** Where the tag begins that an index is in; the index if it is in none. */
  private static int beginningOfTag(String text, int index) {
    int open = text.lastIndexOf('<', index - 1);
    return open > text.lastIndexOf('>', index - 1) ? open : index;
  }

  /** Some formats write that nothing was thought. */
  private static String behindThoughts(String text) {
    int end = text.lastIndexOf("</think>");
    return end < 0 ? text : text.substring(end + "</think>".length());
  }

  private String render(List<String> ids) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn.User("qzhello"));
    if (!ids.isEmpty()) {
      turns.add(
          new Turn.Assistant("", ids.stream().map(id -> new ToolCall(id, NAME, SPACED)).toList()));
      ids.forEach(id -> turns.add(new Turn.ToolResult(id, "qzoutcome", false)));
    }
    return renderer
        .apply(new Conversation("", turns, List.of(TOOL)), form)
        .replace(ID, WRITTEN_ID)
        .replace(OTHER_ID, WRITTEN_ID);
  }

  private static int common(String one, String other) {
    int length = 0;
    while (length < Math.min(one.length(), other.length())
        && one.charAt(length) == other.charAt(length)) {
      length++;
    }
    return length;
  }
}
