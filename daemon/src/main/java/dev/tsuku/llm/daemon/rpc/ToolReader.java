package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.template.ToolDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks the tools of a request, and which of them may be called. Stateless. */
final class ToolReader {

  private static final int MAX_TOOLS = 128;

  /** What no format needs to escape, and what others who call tools allow. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  private ToolReader() {}

  /**
   * The tools.
   *
   * @throws InvalidRequestException if there are too many, or one has a name that it cannot have
   */
  static List<ToolDefinition> tools(CompletionRequest request) {
    RequestReader.requireAtMost(MAX_TOOLS, request.getToolsCount(), "tools", "entries");
    List<ToolDefinition> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ToolDef tool : request.getToolsList()) {
      String field = "tools[" + tools.size() + "].name is " + Quoted.text(tool.getName());
      if (!NAME.matcher(tool.getName()).matches()) {
        throw RequestReader.invalid(
            field + ". Use 1 to 64 letters, digits, '_', '-' and '.', such as 'fetch_file'.");
      }
      if (!names.add(tool.getName())) {
        throw RequestReader.invalid(
            field + ", as that of a tool before it. Give each a name of its own.");
      }
      tools.add(
          new ToolDefinition(
              tool.getName(),
              tool.getDescription(),
              RequestReader.withoutByteOrderMark(tool.getParametersSchema())));
    }
    return tools;
  }

  /**
   * Which of them may be called.
   *
   * @throws InvalidRequestException if that is not possible
   */
  static ToolChoice choice(CompletionRequest request) {
    String choice = request.getToolChoice();
    return switch (choice) {
      case "", "auto" -> ToolChoice.AUTO;
      case "none" -> ToolChoice.NONE;
      case "required" -> {
        requireCallable(request);
        yield ToolChoice.REQUIRED;
      }
      default -> {
        requireCallable(request);
        if (request.getToolsList().stream().noneMatch(tool -> tool.getName().equals(choice))) {
          throw RequestReader.invalid(
              "tool_choice is "
                  + Quoted.text(choice)
                  + ", which is none of the tools. Use one of their names, or auto, required or"
                  + " none.");
        }
        yield new ToolChoice.Named(choice);
      }
    };
  }

  private static void requireCallable(CompletionRequest request) {
    String field = "tool_choice is " + Quoted.text(request.getToolChoice()) + ", ";
    if (request.getToolsCount() == 0) {
      throw RequestReader.invalid(
          field + "but there are no tools. Send some, or leave tool_choice out.");
    }
    if (!request.getJsonSchema().isEmpty()) {
      throw RequestReader.invalid(
          field
              + "but with json_schema all of the answer is that JSON, and no tool is called. Send"
              + " one of them only.");
    }
  }
}
