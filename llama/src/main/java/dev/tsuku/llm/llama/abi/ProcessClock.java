package dev.tsuku.llm.llama.abi;

import java.lang.foreign.Linker;
import org.jspecify.annotations.Nullable;

/**
 * The processor time of all threads of this process, by C's {@code clock}. Thread-safe.
 *
 * <p>The JVM's own question for it, in {@code jdk.management}, would cost milliseconds of the
 * start.
 */
public final class ProcessClock {

  /** POSIX fixes the unit at a microsecond. */
  private static final long NANOS = 1000;

  private static final @Nullable NativeFunction CLOCK = find();

  private ProcessClock() {}

  private static @Nullable NativeFunction find() {
    // On Windows, clock() counts the time of day.
    return System.getProperty("os.name", "").startsWith("Windows")
        ? null
        : Linker.nativeLinker()
            .defaultLookup()
            .find("clock")
            .map(address -> new NativeFunction("clock", address))
            .orElse(null);
  }

  /** Whether {@link #nanos} is known here. */
  public static boolean isKnown() {
    return CLOCK != null;
  }

  /** Nanoseconds, to a microsecond; 0 where it is not known. */
  public static long nanos() {
    NativeFunction clock = CLOCK;
    return clock == null ? 0 : clock.call() * NANOS;
  }
}
