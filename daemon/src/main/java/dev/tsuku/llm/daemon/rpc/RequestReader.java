package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolCall;
import dev.tsuku.llm.template.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Checks a request from the wire and makes it a {@link GenerationRequest}. Stateless. */
final class RequestReader {

  /** What {@code max_tokens} of 0 or less means. */
  static final int DEFAULT_MAX_TOKENS = 4096;

  /** Far more turns than any conversation that fits a context. */
  static final int MAX_MESSAGES = 4096;

  /** Of one message. */
  static final int MAX_TOOL_CALLS = 1024;

  /** UTF-16 units of all schemas together: what is made of one takes many times as much memory. */
  static final int MAX_SCHEMA_CHARS = 1 << 20;

  private static final int MAX_STOPS = 16;

  /** UTF-16 units; more than any model's. */
  private static final int MAX_TEMPLATE_CHARS = 1 << 20;

  /** UTF-16 units. */
  private static final int MAX_STOP_CHARS = 256;

  private RequestReader() {}

  /**
   * Reads a request.
   *
   * @param id for logs
   * @throws InvalidRequestException if it can never work
   */
  static GenerationRequest read(String id, CompletionRequest request) {
    if (request.getMessagesCount() == 0) {
      throw invalid("messages is empty. Send at least one message.");
    }
    requireAtMost(MAX_MESSAGES, request.getMessagesCount(), "messages", "entries");
    requireAtMost(MAX_SCHEMA_CHARS, schemaChars(request), "the schemas together", "characters");
    if (!request.getJsonSchema().isEmpty() && request.getStopCount() > 0) {
      throw invalid(
          "stop is set beside json_schema, and would cut JSON in two. Send one of them only.");
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < request.getMessagesCount(); i++) {
      turns.add(turn(i, request.getMessages(i)));
    }
    return new GenerationRequest(
        id,
        new Conversation(request.getSystemPrompt(), turns, ToolReader.tools(request)),
        request.getMaxTokens() > 0 ? request.getMaxTokens() : DEFAULT_MAX_TOKENS,
        sampling(request),
        stop(request),
        withoutByteOrderMark(request.getJsonSchema()),
        ToolReader.choice(request),
        request.getParallelToolCalls(),
        chatTemplate(request));
  }

  /** Editors of some systems put one before a text; JSON and templates have none. */
  static String withoutByteOrderMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static String chatTemplate(CompletionRequest request) {
    String template = withoutByteOrderMark(request.getChatTemplate());
    if (template.length() > MAX_TEMPLATE_CHARS) {
      throw invalid(
          "chat_template has "
              + template.length()
              + " characters. Send at most "
              + MAX_TEMPLATE_CHARS
              + ".");
    }
    return template;
  }

  private static long schemaChars(CompletionRequest request) {
    long chars = request.getJsonSchema().length();
    for (ToolDef tool : request.getToolsList()) {
      chars += tool.getParametersSchema().length();
    }
    return chars;
  }

  static void requireAtMost(long most, long count, String field, String unit) {
    if (count > most) {
      throw invalid(
          field + ": " + count + " " + unit + "; at most " + most + " are allowed. Send fewer.");
    }
  }

  private static Sampling sampling(CompletionRequest request) {
    Sampling greedy = Sampling.GREEDY;
    try {
      return new Sampling(
          exact(request.getTemperature()),
          request.getTopK(),
          said(request.getTopP(), greedy.topP()),
          exact(request.getMinP()),
          said(request.getRepetitionPenalty(), greedy.repetitionPenalty()),
          request.hasSeed() ? OptionalLong.of(request.getSeed()) : greedy.seed());
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static double said(float value, double otherwise) {
    return value == 0 ? otherwise : exact(value);
  }

  /** The number as its sender wrote it: 0.7, not 0.699999988. */
  private static double exact(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  private static List<String> stop(CompletionRequest request) {
    requireAtMost(MAX_STOPS, request.getStopCount(), "stop", "texts");
    for (int i = 0; i < request.getStopCount(); i++) {
      int length = request.getStop(i).length();
      if (length < 1 || length > MAX_STOP_CHARS) {
        throw invalid(
            "stop["
                + i
                + "] has "
                + length
                + " characters. Send 1 to "
                + MAX_STOP_CHARS
                + ", or leave it out.");
      }
    }
    return List.copyOf(request.getStopList());
  }

  /**
   * The model that must answer; empty for the daemon's own choice.
   *
   * @throws InvalidRequestException if it is a relative path
   */
  static Optional<String> model(CompletionRequest request) {
    String model = request.getModel();
    if (model.indexOf('/') > 0) {
      throw invalid(
          "model is "
              + Quoted.text(model)
              + ", a relative path, and the daemon cannot know from where. Send an absolute path,"
              + " or the name of an installed model.");
    }
    return Optional.of(model).filter(name -> !name.isEmpty());
  }

  private static Turn turn(int index, Message message) {
    return switch (message.getRole()) {
      case ROLE_USER -> {
        requireNoToolCalls(index, message);
        yield message.hasToolResult()
            ? toolResult(index, message)
            : new Turn.User(message.getContent());
      }
      case ROLE_TOOL -> {
        requireNoToolCalls(index, message);
        if (!message.hasToolResult()) {
          throw invalid(
              field(index, "tool_result")
                  + " is not set, though its role is ROLE_TOOL. Set it, or use ROLE_USER.");
        }
        yield toolResult(index, message);
      }
      case ROLE_ASSISTANT -> {
        if (message.hasToolResult()) {
          throw invalid(
              field(index, "tool_result")
                  + " is set, though its role is ROLE_ASSISTANT. Send it as ROLE_USER.");
        }
        requireAtMost(
            MAX_TOOL_CALLS, message.getToolCallsCount(), field(index, "tool_calls"), "entries");
        yield new Turn.Assistant(
            message.getContent(),
            message.getToolCallsList().stream()
                .map(call -> new ToolCall(call.getId(), call.getName(), call.getArgumentsJson()))
                .toList());
      }
      case ROLE_UNSPECIFIED, UNRECOGNIZED ->
          throw invalid(
              field(index, "role")
                  + " is "
                  + message.getRoleValue()
                  + ". Use ROLE_USER (1), ROLE_ASSISTANT (2) or ROLE_TOOL (3).");
    };
  }

  private static void requireNoToolCalls(int index, Message message) {
    if (message.getToolCallsCount() > 0) {
      throw invalid(
          field(index, "tool_calls")
              + " is set, though only a message with ROLE_ASSISTANT has tool calls. Change its"
              + " role, or leave them out.");
    }
  }

  private static Turn toolResult(int index, Message message) {
    if (!message.getContent().isEmpty()) {
      throw invalid(
          field(index, "content")
              + " is set beside tool_result. Leave it empty, and send the text as a message of its"
              + " own.");
    }
    return new Turn.ToolResult(
        message.getToolResult().getToolCallId(),
        message.getToolResult().getContent(),
        message.getToolResult().getIsError());
  }

  private static String field(int index, String name) {
    return "messages[" + index + "]." + name;
  }

  static InvalidRequestException invalid(String message) {
    return new InvalidRequestException(Reason.INVALID_REQUEST, message);
  }
}
