package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
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

  private static final @Nullable MethodHandle CLOCK = link();

  private ProcessClock() {}

  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle link() {
    // On Windows, clock() counts the time of day.
    Optional<MethodHandle> clock =
        System.getProperty("os.name", "").startsWith("Windows")
            ? Optional.empty()
            : Linker.nativeLinker()
                .defaultLookup()
                .find("clock")
                .map(
                    address ->
                        Linker.nativeLinker()
                            .downcallHandle(address, FunctionDescriptor.of(JAVA_LONG)));
    return clock.orElse(null);
  }

  /** Whether {@link #nanos} is known here. */
  public static boolean isKnown() {
    return CLOCK != null;
  }

  /** Nanoseconds, to a microsecond; 0 where it is not known. */
  public static long nanos() {
    MethodHandle clock = CLOCK;
    if (clock == null) {
      return 0;
    }
    try {
      return (long) clock.invokeExact() * NANOS;
    } catch (Throwable thrown) {
      throw NativeFunction.unexpected(thrown);
    }
  }
}
