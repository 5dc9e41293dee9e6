package dev.tsuku.llm.models;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The memory of the machine, as the JVM tells it. What macOS calls free leaves out what it could
 * take back, so half of the memory counts as free where that is more.
 */
final class JvmMemory {

  private JvmMemory() {}

  static MachineMemory read() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      long total = system.getTotalMemorySize();
      return new MachineMemory(
          "this machine's memory", Math.max(system.getFreeMemorySize(), total / 2), total);
    }
    // A JVM that cannot say keeps nobody from trying.
    return new MachineMemory("this machine's memory", Long.MAX_VALUE, 0);
  }
}
