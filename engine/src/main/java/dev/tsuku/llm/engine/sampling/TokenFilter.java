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

  /** Whether a token may come. */
  boolean allows(int token);

  /** Whether so few are refused that what is drawn can be drawn from all, until one is allowed. */
  boolean isWide();

  /** Tells every token that is allowed, and perhaps some that are not after all. */
  void forEach(IntConsumer sink);
}
