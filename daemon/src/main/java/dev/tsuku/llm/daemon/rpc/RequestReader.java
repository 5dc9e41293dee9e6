package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolCall;
import dev.tsuku.llm.template.Turn;
import java.util.ArrayList;
import java.util.List;

/** Checks a request from the wire and makes it a {@link GenerationRequest}. Stateless. */
final class RequestReader {

  /** What {@code max_tokens} of 0 or less means. */
  static final int DEFAULT_MAX_TOKENS = 4096;

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
    // An answer that ignored these would look right and be wrong.
    if (request.getToolsCount() > 0) {
      throw unsupported("tools", "call tools");
    }
    if (!request.getJsonSchema().isEmpty()) {
      throw unsupported("json_schema", "hold an answer to a schema");
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < request.getMessagesCount(); i++) {
      turns.add(turn(i, request.getMessages(i)));
    }
    return new GenerationRequest(
        id,
        new Conversation(request.getSystemPrompt(), turns),
        request.getMaxTokens() > 0 ? request.getMaxTokens() : DEFAULT_MAX_TOKENS);
  }

  private static Turn turn(int index, Message message) {
    return switch (message.getRole()) {
      case ROLE_USER ->
          message.hasToolResult() ? toolResult(message) : new Turn.User(message.getContent());
      case ROLE_TOOL -> {
        if (!message.hasToolResult()) {
          throw invalid(
              "messages["
                  + index
                  + "].tool_result is not set, though its role is ROLE_TOOL. Set it, or use ROLE_USER.");
        }
        yield toolResult(message);
      }
      case ROLE_ASSISTANT ->
          new Turn.Assistant(
              message.getContent(),
              message.getToolCallsList().stream()
                  .map(call -> new ToolCall(call.getId(), call.getName(), call.getArgumentsJson()))
                  .toList());
      case ROLE_UNSPECIFIED, UNRECOGNIZED ->
          throw invalid(
              "messages["
                  + index
                  + "].role is "
                  + message.getRoleValue()
                  + ". Use ROLE_USER (1), ROLE_ASSISTANT (2) or ROLE_TOOL (3).");
    };
  }

  private static Turn toolResult(Message message) {
    return new Turn.ToolResult(
        message.getToolResult().getToolCallId(),
        message.getToolResult().getContent(),
        message.getToolResult().getIsError());
  }

  private static InvalidRequestException invalid(String message) {
    return new InvalidRequestException(Reason.INVALID_REQUEST, message);
  }

  private static InvalidRequestException unsupported(String field, String what) {
    return new InvalidRequestException(
        Reason.UNSUPPORTED,
        field + " is set, but this version cannot " + what + " yet. Send the request without it.");
  }
}
