package dev.tsuku.llm.models;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How many threads of this process can compute at the same time without waiting for each other: the
 * cores that it may use, and no more than its control groups give it time for. Two hardware threads
 * of one core count once, because they share what computes.
 */
public final class MachineProcessors {

  private MachineProcessors() {}

  /** At least 1. */
  public static int count() {
    return count(Path.of("/"), Runtime.getRuntime().availableProcessors());
  }

  /**
   * The same for another machine.
   *
   * @param root where {@code /proc} and {@code /sys} are
   * @param available what the JVM says, which rounds a part of a processor up
   */
  static int count(Path root, int available) {
    int count = available;
    for (ControlGroups.Group group : ControlGroups.of(root, "cpu")) {
      count = Math.min(count, quota(group).orElse(count));
    }
    int cores = cores(root);
    return Math.max(1, cores > 0 ? Math.min(count, cores) : count);
  }

  /**
   * Whole processors that a group has time for. Rounded down: with a thread more than that, all are
   * stopped until the next period as soon as the quota is used up, one of them at a barrier.
   */
  private static Optional<Integer> quota(ControlGroups.Group group) {
    List<String> words =
        group.isSecondVersion()
            ? words(group.folder().resolve("cpu.max"))
            : List.of(
                first(group.folder().resolve("cpu.cfs_quota_us")),
                first(group.folder().resolve("cpu.cfs_period_us")));
    try {
      long quota = Long.parseLong(words.getFirst());
      long period = Long.parseLong(words.getLast());
      return quota > 0 && period > 0
          ? Optional.of(Math.clamp(quota / period, 1, Integer.MAX_VALUE))
          : Optional.empty();
    } catch (NumberFormatException e) {
      // Without a quota it says "max".
      return Optional.empty();
    }
  }

  private static List<String> words(Path file) {
    return List.of(first(file).strip().split("\\s+", -1));
  }

  private static String first(Path file) {
    List<String> lines = ControlGroups.lines(file);
    return lines.isEmpty() ? "" : lines.getFirst().strip();
  }

  /** Cores that this process may use; 0 if that is not known. */
  private static int cores(Path root) {
    Set<String> cores = new HashSet<>();
    for (String line : ControlGroups.lines(root.resolve("proc/self/status"))) {
      if (line.startsWith("Cpus_allowed_list:")) {
        for (String range : line.substring(line.indexOf(':') + 1).strip().split(",", -1)) {
          if (!addCores(root, range, cores)) {
            return 0;
          }
        }
      }
    }
    return cores.size();
  }

  /**
   * Adds the cores of processors such as {@code 4} or {@code 0-7}. One without a core is not there:
   * the kernel's list has all that could ever be plugged in.
   *
   * @return false if that is no range
   */
  private static boolean addCores(Path root, String range, Set<String> cores) {
    try {
      String[] ends = range.split("-", 2);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
        String siblings =
            first(
                root.resolve(
                    "sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list"));
        if (!siblings.isEmpty()) {
          cores.add(siblings);
        }
      }
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
