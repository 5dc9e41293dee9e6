package dev.tsuku.llm.template;

import dev.tsuku.llm.template.PromptPiece.Collector;
import java.util.List;
import java.util.Locale;

/**
 * Tools in words, for models whose format knows none: in the tags that the Hermes and Qwen families
 * were taught, and that others understand.
 */
final class ToolText {

  private static final String INTRODUCTION =
      """
      # Tools

      You can have functions called to answer the user. Their definitions, in JSON, stand within \
      <tools></tools> tags:
      """;

  private static final String INSTRUCTION =
      """


      To have a function called, write a JSON object with its name and arguments within \
      <tool_call></tool_call> tags:
      <tool_call>
      {"name": "the function's name", "arguments": {"an argument's name": "its value"}}
      </tool_call>
      What it returns will stand within <tool_response></tool_response> tags.\
      """;

  private ToolText() {}

  /** What a system message says about tools, behind what else it says. */
  static void describe(List<ToolDefinition> tools, Collector prompt) {
    prompt.format(INTRODUCTION).format("<tools>");
    for (ToolDefinition tool : tools) {
      prompt.format("\n").content(JsonText.write(JsonText.function(tool)));
    }
    prompt.format("\n</tools>").format(INSTRUCTION);
  }

  /** The same as a string. */
  static String description(List<ToolDefinition> tools) {
    Collector text = new Collector();
    describe(tools, text);
    return text.text();
  }

  /** A call within its tags. */
  static String call(ToolCall call) {
    return "<tool_call>\n" + call.json() + "\n</tool_call>";
  }

  /** A result within its tags. */
  static String result(Turn.ToolResult result) {
    return "<tool_response>\n" + outcome(result) + "\n</tool_response>";
  }

  /** What a tool answered; if it failed, that it did, where its own words do not say so. */
  static String outcome(Turn.ToolResult result) {
    String lower = result.content().toLowerCase(Locale.ROOT);
    boolean says = lower.contains("error") || lower.contains("fail");
    return result.failed() && !says ? "Error: " + result.content() : result.content();
  }
}
