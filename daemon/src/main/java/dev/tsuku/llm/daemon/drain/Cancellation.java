package dev.tsuku.llm.daemon.drain;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a request is to be given up, and why. Cancelled at most once: the first cause stays.
 * Thread-safe.
 */
public final class Cancellation {

  /** Why a request is given up. */
  public enum Cause {
    /** The caller cancelled the call, or its connection broke. */
    CALLER_GONE,
    /** The caller's deadline passed. */
    DEADLINE,
    /** The daemon goes away and its time for finishing is over. */
    DRAINED
  }

  @GuardedBy("this")
  private Optional<Cause> cause = Optional.empty();

  @GuardedBy("this")
  private final List<Runnable> actions = new ArrayList<>();

  /** Cancels, and runs what was registered, on this thread. Without effect if cancelled already. */
  public void cancel(Cause why) {
    List<Runnable> toRun;
    synchronized (this) {
      if (cause.isPresent()) {
        return;
      }
      cause = Optional.of(why);
      toRun = List.copyOf(actions);
      actions.clear();
    }
    toRun.forEach(Runnable::run);
  }

  /** Why it was cancelled; empty if it was not. */
  public synchronized Optional<Cause> cause() {
    return cause;
  }

  /** Runs the action when this is cancelled: now, if it is already. Must be quick. */
  public void onCancel(Runnable action) {
    synchronized (this) {
      if (cause.isEmpty()) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }
}
