package dev.tsuku.llm.grammar.regex;

import java.io.Serial;

/** A pattern is wrong, too complex, or uses what is not supported; the message says which. */
public final class RegexException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** A failure with what to say of it. */
  public RegexException(String message) {
    super(message);
  }
}
