package dev.tsuku.llm.template;

import dev.tsuku.llm.template.PromptPiece.Collector;
import java.util.List;

/**
 * No format at all: whatever was said stands there as plain text, and the model goes on writing.
 * For base models, which were trained on text and know no conversation.
 */
public final class Continuation implements PromptFormat {

  @Override
  public List<PromptPiece> render(Conversation conversation) {
    Collector prompt = new Collector();
    prompt.content(conversation.system());
    boolean first = conversation.system().isEmpty();
    for (Turn turn : conversation.turns()) {
      String text =
          switch (turn) {
            case Turn.User(String content) -> content;
            case Turn.Assistant assistant -> assistant.content();
            case Turn.ToolResult result -> result.content();
          };
      prompt.content(first ? text : "\n" + text);
      first = false;
    }
    return prompt.pieces();
  }
}
