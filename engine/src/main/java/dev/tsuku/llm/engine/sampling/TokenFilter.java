package dev.tsuku.llm.engine.sampling;

import java.util.function.IntConsumer;

/** Which tokens may come next in one answer. */
public interface TokenFilter {

  /** All of them. */
  TokenFilter ALL =
      new TokenFilter() {
        @Override
        public boolean allows(int token) {
          return true;
        }

        @Override
        public boolean isWide() {
          return true;
        }

        @Override
        public void forEach(IntConsumer sink) {
          throw new IllegalStateException("nobody is refused");
        }
      };

  /** Whether a token may come; false, too, where that is pending. */
  boolean allows(int token);

  /**
   * Whether the last question could not be answered in the time that there is for it. It can be
   * asked again later.
   */
  default boolean isPending() {
    return false;
  }

  /** Whether so few are refused that what is drawn can be drawn from all, until one is allowed. */
  boolean isWide();

  /**
   * Gives every token that is allowed, and perhaps some that are not after all; nothing where that
   * is pending.
   */
  void forEach(IntConsumer sink);
}
