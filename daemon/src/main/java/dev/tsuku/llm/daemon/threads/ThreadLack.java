package dev.tsuku.llm.daemon.threads;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A thread that the system did not let this process start. Stateless. */
public final class ThreadLack {

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern SPACE = Pattern.compile("Max address space\\s+(\\d+)\\s.*");
  private static final Pattern PROCESSES = Pattern.compile("Max processes\\s+(\\d+)\\s.*");
  private static final Pattern SIZE = Pattern.compile("VmSize:\\s+(\\d+) kB");

  /** The largest stack of a thread here, in KiB, and what the C library adds to it. */
  private static final long STACK_KIBIBYTES = 80 << 10;

  private ThreadLack() {}

  /** Whether this is what a failure comes from. */
  public static boolean isCauseOf(Throwable failure) {
    // The JVM has one kind of this error for a full heap and for a thread that the system refuses.
    return failure instanceof OutOfMemoryError
        && String.valueOf(failure.getMessage()).contains("native thread");
  }

  /**
   * Which limit it was, as far as that can be seen, and what to do.
   *
   * @return the end of one sentence, and another one
   */
  public static String explanation() {
    OptionalLong space = find(LIMITS, SPACE);
    OptionalLong size = find(STATUS, SIZE);
    if (space.isPresent()
        && size.isPresent()
        && space.getAsLong() / 1024 - size.getAsLong() < STACK_KIBIBYTES) {
      return "the limit of its address space is "
          + space.getAsLong() / 1024
          + " KiB. Raise it with 'ulimit -v unlimited'.";
    }
    OptionalLong processes = find(LIMITS, PROCESSES);
    return "the limit of this user's processes and threads is "
        + (processes.isPresent() ? processes.getAsLong() : "reached")
        + ". Raise it with 'ulimit -u', or end other processes.";
  }

  private static OptionalLong find(Path file, Pattern pattern) {
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
          Matcher matcher = pattern.matcher(line);
          if (matcher.matches()) {
            return OptionalLong.of(Long.parseLong(matcher.group(1)));
          }
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Then the sentence is less exact.
    }
    return OptionalLong.empty();
  }
}
