package dev.tsuku.llm.template;

import dev.tsuku.llm.template.PromptPiece.Collector;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import java.util.ArrayList;
import java.util.List;

/**
 * No format at all: whatever was said stands there as plain text, each turn and each tool call on
 * lines of its own, and the model goes on writing. For base models, which were trained on text and
 * know no conversation, and no tools either.
 */
public final class Continuation implements PromptFormat {

  @Override
  public List<PromptPiece> render(Conversation conversation, RenderGuard guard) {
    List<String> texts = new ArrayList<>();
    if (!conversation.system().isEmpty()) {
      texts.add(conversation.system());
    }
    for (Turn turn : conversation.turns()) {
      switch (turn) {
        case Turn.User(String content) -> texts.add(content);
        case Turn.Assistant(String content, List<ToolCall> calls) -> {
          if (!content.isEmpty() || calls.isEmpty()) {
            texts.add(content);
          }
          calls.forEach(call -> texts.add(call.json()));
        }
        case Turn.ToolResult result -> texts.add(result.content());
      }
    }
    return new Collector().content(String.join("\n", texts)).pieces();
  }

  @Override
  public CallShape callShape(RenderGuard guard) {
    return CallShape.LINES;
  }
}
