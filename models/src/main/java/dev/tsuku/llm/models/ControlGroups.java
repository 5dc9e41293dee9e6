package dev.tsuku.llm.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The control groups of Linux that this process is in. Groups are nested, and each may have a
 * limit; those above count as well.
 */
final class ControlGroups {

  private static final Path GROUPS = Path.of("sys/fs/cgroup");

  private ControlGroups() {}

  /** A group's folder, and which version of the interface is in it. */
  record Group(Path folder, boolean isSecondVersion) {}

  /**
   * The groups that may limit something, from the innermost outwards.
   *
   * @param root where {@code /proc} and {@code /sys} are
   * @param controller of the first version, such as {@code memory}
   */
  static List<Group> of(Path root, String controller) {
    List<Group> found = new ArrayList<>();
    // Lines such as "0::/user.slice" or "4:cpu,cpuacct:/docker/1a2b".
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      if (parts[0].equals("0")) {
        add(found, root.resolve(GROUPS), parts[2], true);
      } else if (List.of(parts[1].split(",", -1)).contains(controller)) {
        add(found, root.resolve(GROUPS).resolve(controller), parts[2], false);
      }
    }
    return found;
  }

  /** From the group up. In a container, its path may be the host's and not be there. */
  private static void add(List<Group> found, Path top, String path, boolean isSecondVersion) {
    Path own = top.resolve(path.substring(path.startsWith("/") ? 1 : 0)).normalize();
    // In a namespace, a path may lead out of what is mounted.
    Path first = own.startsWith(top) ? own : top;
    for (Path group = first; group != null && group.startsWith(top); group = group.getParent()) {
      found.add(new Group(group, isSecondVersion));
    }
  }

  /** The lines of a file; none where it cannot be read: then it limits nothing that is known. */
  static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
