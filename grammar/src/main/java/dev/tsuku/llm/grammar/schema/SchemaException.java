package dev.tsuku.llm.grammar.schema;

import java.io.Serial;

/** A schema is wrong or asks for what cannot be honoured; the message says what and where. */
public final class SchemaException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final String keyword;

  /**
   * A failure.
   *
   * @param pointer JSON pointer of the schema in its document
   * @param keyword the keyword in question; empty if it is none
   * @param problem what is the matter, as the end of a sentence
   */
  public SchemaException(String pointer, String keyword, String problem) {
    super("at " + (pointer.isEmpty() ? "its root" : pointer) + ": " + problem);
    this.keyword = keyword;
  }

  /** The keyword in question; empty if it is none. */
  public String keyword() {
    return keyword;
  }
}
