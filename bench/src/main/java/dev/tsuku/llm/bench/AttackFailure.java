package dev.tsuku.llm.bench;

/** The daemon did what it must not. */
final class AttackFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  AttackFailure(String message) {
    super(message);
  }
}
