package dev.tsuku.llm.grammar.json;

import java.io.Serial;

/**
 * A text is not JSON, or goes beyond what is read; the message is a predicate that says what and
 * where: "is not JSON: …", "nests deeper than …".
 */
public final class JsonException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** A failure with what the text is or has. */
  public JsonException(String message) {
    super(message);
  }
}
