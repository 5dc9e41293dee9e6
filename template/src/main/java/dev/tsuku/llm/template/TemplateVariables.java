package dev.tsuku.llm.template;

import dev.tsuku.llm.template.TemplateTraits.CallForm;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A conversation as model hubs give it to templates: a list of messages and a list of tools. Roles
 * and the keys of messages count as the template's own; all else came from the conversation.
 * Belongs to one rendering.
 */
final class TemplateVariables {

  private static final Pattern SHORT_ID = Pattern.compile("[A-Za-z0-9]{9}");

  private final CallForm form;
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, String> ids = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  private TemplateVariables(CallForm form) {
    this.form = form;
  }

  /** The messages, and the tools if there are any. */
  static Map<String, Value> of(Conversation conversation, CallForm form) {
    Map<String, Value> variables = new HashMap<>();
    variables.put("messages", new TemplateVariables(form).messages(conversation));
    if (!conversation.tools().isEmpty()) {
      List<Mapping> tools = conversation.tools().stream().map(JsonText::function).toList();
      variables.put("tools", Sequence.list(tools));
    }
    return variables;
  }

  private Value messages(Conversation conversation) {
    List<Value> messages = new ArrayList<>();
    if (!conversation.system().isEmpty()) {
      messages.add(message("system").put("content", Text.content(conversation.system())).build());
    }
    for (Turn turn : conversation.turns()) {
      messages.add(
          switch (turn) {
            case Turn.User(String content) ->
                message("user").put("content", Text.content(content)).build();
            case Turn.Assistant assistant -> assistant(assistant);
            case Turn.ToolResult result -> result(result);
          });
    }
    return Sequence.list(messages);
  }

  private Value assistant(Turn.Assistant turn) {
    boolean wordless = turn.content().isEmpty() && !turn.toolCalls().isEmpty();
    Mapping.Builder message =
        message("assistant")
            .put(
                "content",
                wordless && form.noContent() ? Value.NONE : Text.content(turn.content()));
    if (!turn.toolCalls().isEmpty()) {
      message.put("tool_calls", Sequence.list(turn.toolCalls().stream().map(this::call).toList()));
    }
    return message.build();
  }

  private Mapping call(ToolCall call) {
    names.put(call.id(), call.name());
    return new Mapping.Builder()
        .put("id", Text.content(id(call.id())))
        .put("type", Text.format("function"))
        .put(
            "function",
            new Mapping.Builder()
                .put("name", Text.content(call.name()))
                .put("arguments", arguments(call.argumentsJson()))
                .build())
        .build();
  }

  private Value arguments(String json) {
    if (json.isBlank()) {
      return form.argumentsAsText() ? Text.format("{}") : new Mapping.Builder().build();
    }
    Optional<Mapping> object = form.argumentsAsText() ? Optional.empty() : JsonText.object(json);
    return object.isPresent() ? object.get() : Text.content(json);
  }

  private Value result(Turn.ToolResult result) {
    Mapping.Builder message = message("tool");
    String name = names.get(result.toolCallId());
    if (name != null) {
      message.put("name", Text.content(name));
    }
    return message
        .put("tool_call_id", Text.content(id(result.toolCallId())))
        .put("content", Text.content(ToolText.outcome(result)))
        .build();
  }

  private String id(String given) {
    return form.shortIds() ? ids.computeIfAbsent(given, this::shortId) : given;
  }

  private String shortId(String given) {
    String id = given;
    for (int number = ids.size(); !SHORT_ID.matcher(id).matches() || !taken.add(id); number++) {
      id = String.format(Locale.ROOT, "call%05d", number % 100_000);
    }
    return id;
  }

  private static Mapping.Builder message(String role) {
    return new Mapping.Builder().put("role", Text.format(role));
  }
}
