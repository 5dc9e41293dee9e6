package dev.tsuku.llm.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory of a Linux machine, or of the control group that the process is in, whichever leaves
 * less.
 */
final class LinuxMemory {

  /** How the two versions of control groups name the same things. */
  private enum Version {
    ONE("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    TWO("memory.max", "memory.current", "");

    private final String limit;
    private final String usage;
    private final String prefix;

    Version(String limit, String usage, String prefix) {
      this.limit = limit;
      this.usage = usage;
      this.prefix = prefix;
    }
  }

  private MachineMemory least;

  private LinuxMemory(MachineMemory least) {
    this.least = least;
  }

  /**
   * Reads it.
   *
   * @param root where {@code /proc} and {@code /sys} are
   * @return empty where there is no {@code /proc/meminfo}
   */
  static Optional<MachineMemory> read(Path root) {
    List<String> lines = ControlGroups.lines(root.resolve("proc/meminfo"));
    OptionalLong free = value(lines, "MemAvailable:");
    OptionalLong total = value(lines, "MemTotal:");
    if (free.isEmpty() || total.isEmpty()) {
      return Optional.empty();
    }
    LinuxMemory memory =
        new LinuxMemory(
            new MachineMemory(
                "this machine's memory", free.getAsLong() << 10, total.getAsLong() << 10));
    for (ControlGroups.Group group : ControlGroups.of(root, "memory")) {
      memory.limit(group.folder(), group.isSecondVersion() ? Version.TWO : Version.ONE);
    }
    return Optional.of(memory.least);
  }

  private void limit(Path group, Version version) {
    OptionalLong limit = number(group.resolve(version.limit));
    OptionalLong usage = number(group.resolve(version.usage));
    // Without a limit it says "max", or in version 1 a number beyond all memory.
    if (limit.isEmpty() || usage.isEmpty() || limit.getAsLong() > least.totalBytes()) {
      return;
    }
    List<String> statistics = ControlGroups.lines(group.resolve("memory.stat"));
    long cached =
        value(statistics, version.prefix + "inactive_file").orElse(0)
            + value(statistics, version.prefix + "active_file").orElse(0);
    long free = Math.max(0, limit.getAsLong() - usage.getAsLong() + cached);
    if (free < least.freeBytes()) {
      least =
          new MachineMemory(
              "the memory of this process's control group",
              Math.min(free, limit.getAsLong()),
              limit.getAsLong());
    }
  }

  /** The number behind a name in a table. */
  private static OptionalLong value(List<String> lines, String name) {
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", 3);
      if (words.length > 1 && words[0].equals(name)) {
        return parsed(words[1]);
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong number(Path file) {
    List<String> lines = ControlGroups.lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : parsed(lines.getFirst().strip());
  }

  private static OptionalLong parsed(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
