package dev.tsuku.llm.grammar.budget;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * A limit on the processor time that work of one thread uses. What is refused for taking too long
 * must not depend on how busy the machine is, so time in which the thread waits or does not run is
 * not counted. For the thread that asks first.
 */
public final class CpuDeadline {

  /** Shorter work is not looked at: the first question about processor time costs milliseconds. */
  private static final long SHORT_NANOS = 10_000_000;

  private final long nanos;
  private final long begun = System.nanoTime();
  private long end;
  private boolean isCounting;

  private CpuDeadline(long nanos) {
    this.nanos = nanos;
  }

  /** A limit in nanoseconds; up to as much again, but 10 ms at most, may be left uncounted. */
  public static CpuDeadline in(long nanos) {
    return new CpuDeadline(nanos);
  }

  /** Whether the thread has used more. */
  public boolean isPast() {
    if (!isCounting) {
      if (System.nanoTime() - begun < Math.min(SHORT_NANOS, nanos)) {
        return false;
      }
      isCounting = true;
      end = Clock.now() + nanos;
    }
    return Clock.now() - end >= 0;
  }

  /** Made when it is needed, which is seldom. */
  private static final class Clock {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final boolean HAS_CPU_TIME =
        THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

    /** Nanoseconds of processor time of this thread; of the clock where those are unknown. */
    static long now() {
      return HAS_CPU_TIME && !Thread.currentThread().isVirtual()
          ? THREADS.getCurrentThreadCpuTime()
          : System.nanoTime();
    }

    private Clock() {}
  }
}
