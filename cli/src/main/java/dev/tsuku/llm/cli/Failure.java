package dev.tsuku.llm.cli;

/** A command cannot do what was asked; the message is what the user is told. Status 1. */
final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Failure(String message) {
    super(message);
  }

  Failure(String message, Throwable cause) {
    super(message, cause);
  }
}
