package dev.tsuku.llm.template;

import dev.tsuku.llm.template.jinja.value.RenderGuard;
import java.util.List;

/** A way to write a conversation down for a model. Immutable and thread-safe. */
public interface PromptFormat {

  /**
   * The prompt after which the model's next turn begins.
   *
   * @return pieces in order, none of them empty; no two neighbours of one origin
   */
  default List<PromptPiece> render(Conversation conversation) {
    return render(conversation, RenderGuard.NONE);
  }

  /** The same for as long as the guard lets it; what the guard throws comes out of here. */
  List<PromptPiece> render(Conversation conversation, RenderGuard guard);

  /** How the model's next turn calls tools. */
  default CallShape callShape() {
    return callShape(RenderGuard.NONE);
  }

  /** The same for as long as the guard lets it; what the guard throws comes out of here. */
  CallShape callShape(RenderGuard guard);
}
