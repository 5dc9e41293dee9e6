package dev.tsuku.llm.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of a prompt.
 *
 * @param text not empty
 * @param origin who wrote it
 */
public record PromptPiece(String text, Origin origin) {

  /** Who wrote a piece, and with that whether special tokens are recognised in it. */
  public enum Origin {
    /** The format: special tokens are recognised. */
    FORMAT,
    /** A user, a tool or a model: all of it is text. */
    CONTENT
  }

  /** Collects pieces; neighbours of one origin become one, empty ones none. */
  static final class Collector {

    private final List<PromptPiece> pieces = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private Origin origin = Origin.FORMAT;

    Collector format(String more) {
      return add(more, Origin.FORMAT);
    }

    Collector content(String more) {
      return add(more, Origin.CONTENT);
    }

    List<PromptPiece> pieces() {
      flush();
      return List.copyOf(pieces);
    }

    /** All of it, whoever wrote it. */
    String text() {
      StringBuilder all = new StringBuilder();
      pieces().forEach(piece -> all.append(piece.text()));
      return all.toString();
    }

    private Collector add(String more, Origin writer) {
      if (!more.isEmpty()) {
        if (writer != origin) {
          flush();
          origin = writer;
        }
        text.append(more);
      }
      return this;
    }

    private void flush() {
      if (!text.isEmpty()) {
        pieces.add(new PromptPiece(text.toString(), origin));
        text.setLength(0);
      }
    }
  }
}
