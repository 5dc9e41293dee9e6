package dev.tsuku.llm.cli;

/** Whoever read standard output wants no more of it: the command ends without a word. */
final class ReaderGone extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ReaderGone() {
    super("The reader of standard output has gone.");
  }
}
