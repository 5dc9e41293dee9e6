package dev.tsuku.llm.grammar.schema;

import java.io.Serial;

/** A schema is wrong or asks for what cannot be honoured; the message says what and where. */
public final class SchemaException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private static final int MAX_POINTER_CHARS = 80;

  private static final String CHANGE_IT = "Change it there";

  private final String keyword;
  private final String nextStep;

  /**
   * A failure.
   *
   * @param pointer JSON pointer of the schema in its document
   * @param keyword the keyword in question; empty if it is none
   * @param problem what is the matter, as the end of a sentence
   */
  public SchemaException(String pointer, String keyword, String problem) {
    this(pointer, keyword, problem, CHANGE_IT);
  }

  /**
   * A failure that a change of the schema is not the first thing to be done about.
   *
   * @param nextStep what to do, as a sentence without its end
   */
  SchemaException(String pointer, String keyword, String problem, String nextStep) {
    super("at " + (pointer.isEmpty() ? "its root" : shortened(pointer)) + ": " + problem);
    this.keyword = keyword;
    this.nextStep = nextStep;
  }

  /** The end of a long pointer says more than its beginning. */
  private static String shortened(String pointer) {
    return pointer.length() <= MAX_POINTER_CHARS
        ? pointer
        : "…" + pointer.substring(pointer.length() - MAX_POINTER_CHARS + 1);
  }

  /** What to do about it, as a sentence without its end. */
  public String nextStep() {
    return nextStep;
  }

  /** The keyword in question; empty if it is none. */
  public String keyword() {
    return keyword;
  }
}
