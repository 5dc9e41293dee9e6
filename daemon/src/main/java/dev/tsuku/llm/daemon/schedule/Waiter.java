package dev.tsuku.llm.daemon.schedule;

import java.util.Optional;
import java.util.function.Consumer;

/** A request that waits for its model. Every field that changes is guarded by the host's lock. */
final class Waiter {

  final ModelKey key;
  final Consumer<Waiting> listener;

  /** What the listener was told last. */
  Optional<Waiting> told = Optional.empty();

  boolean cancelled;

  /** Whether its model was loaded while it waited. */
  boolean loaded;

  /** Why its load failed. */
  Optional<RuntimeException> failure = Optional.empty();

  Waiter(ModelKey key, Consumer<Waiting> listener) {
    this.key = key;
    this.listener = listener;
  }
}
