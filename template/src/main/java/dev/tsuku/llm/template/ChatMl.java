package dev.tsuku.llm.template;

import dev.tsuku.llm.template.PromptPiece.Collector;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import java.util.List;

/**
 * ChatML: every turn between {@code <|im_start|>role} and {@code <|im_end|>}. Tools, calls and
 * results are written as the Hermes and Qwen families were taught to: {@code <tools>} around what
 * there is, in the system message, {@code <tool_call>} around a call, {@code <tool_response>}
 * around a result, the results of one turn together in one user message.
 */
public final class ChatMl implements PromptFormat {

  /** The token that begins a turn; a vocabulary that has it knows ChatML. */
  public static final String START = "<|im_start|>";

  /** The token that ends a turn. */
  public static final String END = "<|im_end|>";

  @Override
  public List<PromptPiece> render(Conversation conversation, RenderGuard guard) {
    Collector prompt = new Collector();
    system(prompt, conversation);
    boolean inToolResults = false;
    for (Turn turn : conversation.turns()) {
      if (inToolResults && !(turn instanceof Turn.ToolResult)) {
        end(prompt);
        inToolResults = false;
      }
      switch (turn) {
        case Turn.User(String content) -> {
          begin(prompt, "user").content(content);
          end(prompt);
        }
        case Turn.Assistant(String content, List<ToolCall> calls) -> {
          begin(prompt, "assistant").content(content);
          toolCalls(prompt, calls, content.isEmpty());
          end(prompt);
        }
        case Turn.ToolResult result -> {
          if (inToolResults) {
            prompt.format("\n");
          } else {
            begin(prompt, "user");
            inToolResults = true;
          }
          prompt
              .format("<tool_response>\n")
              .content(ToolText.outcome(result))
              .format("\n</tool_response>");
        }
      }
    }
    if (inToolResults) {
      end(prompt);
    }
    return begin(prompt, "assistant").pieces();
  }

  @Override
  public CallShape callShape(RenderGuard guard) {
    return CallShape.TAGS;
  }

  private static void system(Collector prompt, Conversation conversation) {
    if (conversation.system().isEmpty() && conversation.tools().isEmpty()) {
      return;
    }
    begin(prompt, "system").content(conversation.system());
    if (!conversation.tools().isEmpty()) {
      prompt.format(conversation.system().isEmpty() ? "" : "\n\n");
      ToolText.describe(conversation.tools(), prompt);
    }
    end(prompt);
  }

  private static Collector begin(Collector prompt, String role) {
    return prompt.format(START).format(role).format("\n");
  }

  private static void end(Collector prompt) {
    prompt.format(END).format("\n");
  }

  private static void toolCalls(Collector prompt, List<ToolCall> calls, boolean first) {
    boolean needsNewline = !first;
    for (ToolCall call : calls) {
      prompt
          .format(needsNewline ? "\n" : "")
          .format("<tool_call>\n")
          .content(call.json())
          .format("\n</tool_call>");
      needsNewline = true;
    }
  }
}
