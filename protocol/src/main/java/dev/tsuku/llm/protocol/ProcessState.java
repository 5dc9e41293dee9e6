package dev.tsuku.llm.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a process that is known by its id runs. */
public final class ProcessState {

  private ProcessState() {}

  /**
   * Whether a process exists and has not ended. A zombie has ended: {@link ProcessHandle} takes it
   * for alive, and in a container whose first process collects no exit status it stays for good.
   *
   * @param pid as the operating system counts; no process has one below 1
   */
  public static boolean isRunning(long pid) {
    return pid > 0
        && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)
        && !isZombie(pid);
  }

  private static boolean isZombie(long pid) {
    try {
      // PID (NAME) STATE …, see proc_pid_stat(5); the name may have any character in it.
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      // It has just gone, or the system has no /proc.
      return false;
    }
  }
}
