package dev.tsuku.llm.daemon.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The calls of POSIX on this process that Java has no equal for, on Linux and macOS. Thread-safe;
 * what changes the process is called by its main thread.
 */
public final class PosixProcess {

  private static final int STDERR = 2;

  /** The address that stands for a signal's default action. */
  private static final long SIG_DFL = 0;

  private PosixProcess() {}

  /**
   * Links native calls on a thread of its own; returns at once. Whoever calls one meanwhile, of
   * these or of {@link Posix}, waits for that.
   */
  public static void linkInBackground() {
    try {
      Thread.ofPlatform().daemon().name("link").start(CLibrary::link);
    } catch (OutOfMemoryError e) {
      // No thread is to be had: whoever calls first links then.
    }
  }

  /** The user whose rights this process has. */
  public static int userId() {
    return UserId.VALUE;
  }

  /** Found once, where the kernel tells it in a file: linking a native call takes longer. */
  private static final class UserId {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern LINE = Pattern.compile("Uid:\\s+\\d+\\s+(\\d+)\\s.*");

    static final int VALUE = find();

    private static int find() {
      try {
        if (Files.exists(STATUS)) {
          for (String line : Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1)) {
            Matcher uid = LINE.matcher(line);
            if (uid.matches()) {
              return Integer.parseUnsignedInt(uid.group(1));
            }
          }
        }
      } catch (IOException e) {
        // The call tells it as well.
      }
      return call("geteuid", 0, 0);
    }
  }

  /**
   * Sets the file mode bits that new files of this process do not get. For the whole process: to be
   * used while no other thread creates files.
   *
   * @return the bits until now
   */
  public static int umask(int mask) {
    return call("umask", mask, 0) & 0777;
  }

  /**
   * Makes a descriptor this process' standard error and closes it under its own number.
   *
   * @param fd as the process inherited it; where it is not open, standard error stays as it is
   */
  public static void useAsStandardError(int fd) {
    int _ = call("dup2", fd, STDERR);
    Posix.close(fd);
  }

  /**
   * Leaves the session and the process group of the parent process: no terminal sends signals to
   * this process any more. Has no effect where the process leads a group already.
   */
  public static void leaveSession() {
    int _ = call("setsid", 0, 0);
  }

  /** Gives a signal that the parent process had ignored its default action. */
  public static void unignore(int signal) {
    int _ = call("signal", signal, SIG_DFL);
  }

  /**
   * Ends the process at once: no shutdown hooks, no destructors of native libraries, which would
   * run under threads that are still computing.
   */
  public static void exitNow(int status) {
    int _ = call("_exit", status, 0);
  }

  private static int call(String function, long a, long b) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) CLibrary.call(function, CLibrary.newState(arena), a, b, 0, 0);
    }
  }
}
