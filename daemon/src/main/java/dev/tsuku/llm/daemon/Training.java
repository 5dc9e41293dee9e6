package dev.tsuku.llm.daemon;

/**
 * Whether this is the run, while the program is packaged, that its cache of classes is made from.
 * The JVM writes it at its exit, which therefore must come, and may take as long as it takes.
 */
final class Training {

  /** Set by the launcher. */
  static final boolean IS_ON = Boolean.getBoolean("tsuku.training");

  private Training() {}
}
