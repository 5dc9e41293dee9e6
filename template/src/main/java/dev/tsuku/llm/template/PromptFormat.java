package dev.tsuku.llm.template;

import java.util.List;

/** A way to write a conversation down for a model. Immutable and thread-safe. */
public interface PromptFormat {

  /**
   * The prompt after which the model's next turn begins.
   *
   * @return pieces in order, none of them empty; no two neighbours of one origin
   */
  List<PromptPiece> render(Conversation conversation);

  /** How the model's next turn calls tools. */
  CallShape callShape();
}
