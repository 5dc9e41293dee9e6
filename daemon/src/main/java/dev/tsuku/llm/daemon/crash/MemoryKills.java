package dev.tsuku.llm.daemon.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How many processes the kernel has ended for want of memory since the machine was started. */
final class MemoryKills {

  /** The kernel does not say. */
  static final long UNKNOWN = -1;

  private static final Path COUNTERS = Path.of("/proc/vmstat");
  private static final String NAME = "oom_kill ";

  private MemoryKills() {}

  /** The number, or {@link #UNKNOWN} on systems other than Linux. */
  static long count() {
    return count(COUNTERS);
  }

  static long count(Path counters) {
    try {
      List<String> lines = Files.exists(counters) ? Files.readAllLines(counters) : List.of();
      for (String line : lines) {
        if (line.startsWith(NAME)) {
          return Long.parseLong(line.substring(NAME.length()).strip());
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Then it is not known.
    }
    return UNKNOWN;
  }
}
