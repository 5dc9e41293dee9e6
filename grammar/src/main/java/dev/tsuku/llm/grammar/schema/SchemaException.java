package dev.tsuku.llm.grammar.schema;

import java.io.Serial;

/** A schema is wrong or asks for what cannot be honoured; the message says what and where. */
public final class SchemaException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private static final int MAX_POINTER_CHARS = 80;

  private final String keyword;

  /**
   * A failure.
   *
   * @param pointer JSON pointer of the schema in its document
   * @param keyword the keyword in question; empty if it is none
   * @param problem what is the matter, as the end of a sentence
   */
  public SchemaException(String pointer, String keyword, String problem) {
    super("at " + (pointer.isEmpty() ? "its root" : shortened(pointer)) + ": " + problem);
    this.keyword = keyword;
  }

  /** The end of a long pointer says more than its beginning. */
  private static String shortened(String pointer) {
    return pointer.length() <= MAX_POINTER_CHARS
        ? pointer
        : "…" + pointer.substring(pointer.length() - MAX_POINTER_CHARS + 1);
  }

  /** The keyword in question; empty if it is none. */
  public String keyword() {
    return keyword;
  }
}
