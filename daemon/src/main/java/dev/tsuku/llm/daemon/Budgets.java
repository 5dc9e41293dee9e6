package dev.tsuku.llm.daemon;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param grace for requests in flight once the daemon is asked to go
 * @param afterCancel for cancelled requests to be answered
 * @param stop for everything from the request for a stop to the end of the process
 * @param loadEnd for a load that was cancelled to end
 * @param lastWill for the watchdog to remove the files
 * @param filesCheck between two looks at whether socket and lock file are still the daemon's own
 * @param firstCall for whoever has started the daemon to ask how it is, before it loads a model
 *     that nobody has asked for: on few cores the two get in each other's way
 * @param requests most requests in flight at once
 */
record Budgets(
    Duration grace,
    Duration afterCancel,
    Duration stop,
    Duration loadEnd,
    Duration lastWill,
    Duration filesCheck,
    Duration firstCall,
    int requests) {

  static final Budgets DEFAULT =
      new Budgets(
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(12),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(5),
          Duration.ofMillis(150),
          256);
}
