package dev.tsuku.llm.daemon.schedule;

import java.util.Optional;

/** A request that waits for its model. Every field that changes is guarded by the host's lock. */
final class Waiter {

  final ModelKey key;
  boolean cancelled;

  /** Whether its model was loaded while it waited. */
  boolean loaded;

  /** Why its load failed. */
  Optional<RuntimeException> failure = Optional.empty();

  Waiter(ModelKey key) {
    this.key = key;
  }
}
