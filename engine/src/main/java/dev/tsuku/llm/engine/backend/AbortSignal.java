package dev.tsuku.llm.engine.backend;

/** Asked by a backend while it computes. Must be quick, must not throw. */
@FunctionalInterface
public interface AbortSignal {

  AbortSignal NEVER = () -> false;

  /** Whether to stop computing. Once true, it stays true until the call has returned. */
  boolean raised();
}
