package dev.tsuku.llm.template;

/**
 * How a model writes calls of tools, as its format shows it. All of it is the format's own text, in
 * which special tokens may stand by their names.
 *
 * @param before what stands between the beginning of the answer and the name of the first tool
 * @param between what stands between a name and its arguments, which are a JSON object
 * @param after what stands behind the arguments of the last call; the end of the turn, and what
 *     comes after it, may be there too
 * @param next what stands between the arguments of a call and the next name; empty if one answer
 *     holds one call
 * @param isSpaced whether a space stands behind the commas and colons of the arguments
 */
public record CallShape(
    String before, String between, String after, String next, boolean isSpaced) {

  /** As the Hermes and Qwen families were taught, and others understand. */
  public static final CallShape TAGS =
      new CallShape(
          "<tool_call>\n{\"name\": \"",
          "\", \"arguments\": ",
          "}\n</tool_call>",
          "}\n</tool_call>\n<tool_call>\n{\"name\": \"",
          true);

  /** Nothing but the JSON, a line each. */
  static final CallShape LINES =
      new CallShape("{\"name\": \"", "\", \"arguments\": ", "}", "}\n{\"name\": \"", true);
}
