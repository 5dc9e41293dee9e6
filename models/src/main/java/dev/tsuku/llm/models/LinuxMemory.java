package dev.tsuku.llm.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory of a Linux machine, or of the control group that the process is in, whichever leaves
 * less. Groups are nested, and each may have a limit; those above count as well.
 */
final class LinuxMemory {

  private static final Path GROUPS = Path.of("sys/fs/cgroup");

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

  private final Path root;
  private MachineMemory least;

  private LinuxMemory(Path root, MachineMemory least) {
    this.root = root;
    this.least = least;
  }

  /**
   * Reads it.
   *
   * @param root where {@code /proc} and {@code /sys} are
   * @return empty where there is no {@code /proc/meminfo}
   */
  static Optional<MachineMemory> read(Path root) {
    List<String> lines = lines(root.resolve("proc/meminfo"));
    OptionalLong free = value(lines, "MemAvailable:");
    OptionalLong total = value(lines, "MemTotal:");
    if (free.isEmpty() || total.isEmpty()) {
      return Optional.empty();
    }
    LinuxMemory memory =
        new LinuxMemory(
            root,
            new MachineMemory(
                "this machine's memory", free.getAsLong() << 10, total.getAsLong() << 10));
    lines(root.resolve("proc/self/cgroup")).forEach(memory::group);
    return Optional.of(memory.least);
  }

  /** A line such as {@code 0::/user.slice} or {@code 4:memory:/docker/1a2b}. */
  private void group(String line) {
    String[] parts = line.split(":", 3);
    if (parts.length < 3) {
      return;
    }
    if (parts[0].equals("0")) {
      groups(root.resolve(GROUPS), parts[2], Version.TWO);
    } else if (List.of(parts[1].split(",")).contains("memory")) {
      groups(root.resolve(GROUPS).resolve("memory"), parts[2], Version.ONE);
    }
  }

  /** From the group up. In a container, its path may be the host's and not be there. */
  private void groups(Path top, String path, Version version) {
    Path own = top.resolve(path.substring(path.startsWith("/") ? 1 : 0)).normalize();
    // In a namespace, a path may lead out of what is mounted.
    Path first = own.startsWith(top) ? own : top;
    for (Path group = first; group != null && group.startsWith(top); group = group.getParent()) {
      limit(group, version);
    }
  }

  private void limit(Path group, Version version) {
    OptionalLong limit = number(group.resolve(version.limit));
    OptionalLong usage = number(group.resolve(version.usage));
    // Without a limit it says "max", or in version 1 a number beyond all memory.
    if (limit.isEmpty() || usage.isEmpty() || limit.getAsLong() > least.totalBytes()) {
      return;
    }
    List<String> statistics = lines(group.resolve("memory.stat"));
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
    List<String> lines = lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : parsed(lines.getFirst().strip());
  }

  private static OptionalLong parsed(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** None where it cannot be read: then it limits nothing that could be known. */
  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
