package dev.tsuku.llm.grammar.json;

import java.io.Serial;

/** A text is no JSON, or goes beyond what is read; the message says what and where. */
public final class JsonException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** A failure with what to say of it. */
  public JsonException(String message) {
    super(message);
  }
}
