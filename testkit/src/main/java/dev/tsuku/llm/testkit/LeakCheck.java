package dev.tsuku.llm.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves threads behind which would keep the process alive. A thread that is
 * about to end is given a few seconds. Threads that JUnit or another test started before do not
 * count.
 *
 * <pre>{@code
 * @ExtendWith(LeakCheck.class)
 * }</pre>
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(LeakCheck.class);
  private static final Duration GRACE = Duration.ofSeconds(3);

  private record Before(Set<Thread> threads) {}

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put(Before.class, new Before(holdingThreads()));
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    Before before = context.getStore(NAMESPACE).remove(Before.class, Before.class);
    requireNoneSince(before == null ? Set.of() : before.threads(), GRACE);
  }

  /** The threads that keep the process alive now. */
  static Set<Thread> holdingThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && !thread.isDaemon())
        // JUnit starts one when a test has a timeout, and keeps it.
        .filter(thread -> !thread.getName().startsWith("junit-"))
        .collect(Collectors.toUnmodifiableSet());
  }

  static void requireNoneSince(Set<Thread> before, Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    List<Thread> left = holdingThreads().stream().filter(one -> !before.contains(one)).toList();
    for (Thread thread : left) {
      thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
    }
    String names =
        left.stream()
            .filter(Thread::isAlive)
            .map(LeakCheck::described)
            .sorted()
            .collect(Collectors.joining("; "));
    if (!names.isEmpty()) {
      throw new AssertionError("The test has left threads behind: " + names);
    }
  }

  private static String described(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return "'%s', %s%s"
        .formatted(thread.getName(), thread.getState(), stack.length == 0 ? "" : " at " + stack[0]);
  }
}
