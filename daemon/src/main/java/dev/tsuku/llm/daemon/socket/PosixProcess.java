package dev.tsuku.llm.daemon.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The calls of POSIX on this process that Java has no equal for, on Linux and macOS. Each call
 * links on first use, as those of {@link Posix} do. Thread-safe; what changes the process is called
 * by its main thread.
 */
@SuppressWarnings("restricted")
public final class PosixProcess {

  private static final int STDERR = 2;

  private PosixProcess() {}

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
        return (int) Geteuid.HANDLE.invokeExact();
      } catch (Throwable e) {
        throw Posix.unexpected(e);
      }
    }
  }

  /**
   * Sets the file mode bits that new files of this process do not get. For the whole process: to be
   * used while no other thread creates files.
   *
   * @return the bits until now
   */
  public static int umask(int mask) {
    try {
      return (int) Umask.HANDLE.invokeExact(mask);
    } catch (Throwable e) {
      throw Posix.unexpected(e);
    }
  }

  /**
   * Makes a descriptor this process' standard error and closes it under its own number.
   *
   * @param fd as the process inherited it; where it is not open, standard error stays as it is
   */
  public static void useAsStandardError(int fd) {
    try {
      int ignored = (int) Dup2.HANDLE.invokeExact(fd, STDERR);
    } catch (Throwable e) {
      throw Posix.unexpected(e);
    }
    Posix.close(fd);
  }

  /**
   * Leaves the session and the process group of the parent process: no terminal sends signals to
   * this process any more. Has no effect where the process leads a group already.
   */
  public static void leaveSession() {
    try {
      int ignored = (int) Setsid.HANDLE.invokeExact();
    } catch (Throwable e) {
      throw Posix.unexpected(e);
    }
  }

  /** Gives a signal that the parent process had ignored its default action. */
  public static void unignore(int signal) {
    try {
      MemorySegment ignored = (MemorySegment) Signal.HANDLE.invokeExact(signal, MemorySegment.NULL);
    } catch (Throwable e) {
      throw Posix.unexpected(e);
    }
  }

  /**
   * Ends the process at once: no shutdown hooks, no destructors of native libraries, which would
   * run under threads that are still computing.
   */
  public static void exitNow(int status) {
    try {
      Exit.HANDLE.invokeExact(status);
    } catch (Throwable e) {
      throw Posix.unexpected(e);
    }
  }

  // One holder class for each function, so that it is linked on its first call.

  private static final class Geteuid {
    static final MethodHandle HANDLE = Posix.link("geteuid", FunctionDescriptor.of(JAVA_INT));
  }

  private static final class Umask {
    static final MethodHandle HANDLE =
        Posix.link("umask", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  private static final class Dup2 {
    static final MethodHandle HANDLE =
        Posix.link("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  }

  private static final class Setsid {
    static final MethodHandle HANDLE = Posix.link("setsid", FunctionDescriptor.of(JAVA_INT));
  }

  private static final class Signal {
    static final MethodHandle HANDLE =
        Posix.link("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
  }

  private static final class Exit {
    static final MethodHandle HANDLE = Posix.link("_exit", FunctionDescriptor.ofVoid(JAVA_INT));
  }
}
