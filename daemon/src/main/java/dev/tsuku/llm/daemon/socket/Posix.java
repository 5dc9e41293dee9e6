package dev.tsuku.llm.daemon.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The calls of POSIX on files that Java has no equal for, on Linux and macOS. Each call links on
 * first use: linking costs milliseconds of the start, and most runs do not need them all.
 * Thread-safe.
 */
@SuppressWarnings("restricted")
public final class Posix {

  private static final boolean MAC =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  // The kernels' own values; glibc and musl agree on them.
  private static final int O_RDWR = 2;
  private static final int O_CREAT = MAC ? 0x200 : 0x40;
  private static final int O_CLOEXEC = MAC ? 0x1000000 : 0x80000;
  private static final int O_NOFOLLOW = MAC ? 0x100 : ARM ? 0x8000 : 0x20000;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int EINTR = 4;
  private static final int EWOULDBLOCK = MAC ? 35 : 11;
  private static final int ELOOP = MAC ? 62 : 40;

  /** Larger than any {@code struct stat} of these systems. */
  private static final long STAT_BYTES = 512;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle STATE_ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private Posix() {}

  /** A file's identity: two paths or descriptors with equal ids are the same file. */
  public record FileId(long device, long inode) {}

  /** A call failed with an errno that has no meaning of its own here. */
  public static final class PosixException extends IOException {

    private static final long serialVersionUID = 1L;
    private final int errno;

    PosixException(String call, int errno) {
      super(call + " failed (errno " + errno + ")");
      this.errno = errno;
    }

    /** Whether the path ended in a symbolic link that was not to be followed. */
    public boolean isLink() {
      return errno == ELOOP;
    }
  }

  /**
   * Opens a file for reading and writing, creating it with mode 0600 if need be. Follows no link at
   * the path's end; is closed when the process executes another program.
   *
   * @return the descriptor; to be given to {@link #close}
   */
  public static int open(Path path) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment name = arena.allocateFrom(path.toString());
      int fd;
      do {
        fd =
            (int)
                Open.HANDLE.invokeExact(
                    state, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
      } while (fd < 0 && errno(state) == EINTR);
      if (fd < 0) {
        throw new PosixException("open", errno(state));
      }
      return fd;
    } catch (PosixException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Takes the exclusive {@code flock} of an open file, without waiting.
   *
   * @return false if somebody else holds it
   */
  public static boolean tryLock(int fd) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int result;
      do {
        result = (int) Flock.HANDLE.invokeExact(state, fd, LOCK_EX | LOCK_NB);
      } while (result < 0 && errno(state) == EINTR);
      if (result < 0 && errno(state) != EWOULDBLOCK) {
        throw new PosixException("flock", errno(state));
      }
      return result == 0;
    } catch (PosixException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Which file a descriptor stands for. */
  public static FileId identify(int fd) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment stat = arena.allocate(STAT_BYTES, Long.BYTES);
      if ((int) Fstat.HANDLE.invokeExact(state, fd, stat) < 0) {
        throw new PosixException("fstat", errno(state));
      }
      // st_dev is the first field of all these structs: 4 bytes and then st_mode on macOS.
      long device = MAC ? Integer.toUnsignedLong(stat.get(JAVA_INT, 0)) : stat.get(JAVA_LONG, 0);
      return new FileId(device, stat.get(JAVA_LONG, 8));
    } catch (PosixException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Closes a descriptor, and with it gives up its lock. */
  public static void close(int fd) {
    try {
      // Whatever it returns, the descriptor is gone.
      int ignored = (int) Close.HANDLE.invokeExact(fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Replaces the content of an open file. */
  public static void write(int fd, byte[] content) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
      long written;
      do {
        written = (long) Pwrite.HANDLE.invokeExact(state, fd, bytes, bytes.byteSize(), 0L);
      } while (written < 0 && errno(state) == EINTR);
      if (written < 0) {
        throw new PosixException("pwrite", errno(state));
      }
      if ((int) Ftruncate.HANDLE.invokeExact(state, fd, written) < 0) {
        throw new PosixException("ftruncate", errno(state));
      }
    } catch (PosixException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) STATE_ERRNO.get(state, 0L);
  }

  static AssertionError unexpected(Throwable e) {
    return new AssertionError("a native call threw", e);
  }

  static MethodHandle link(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    MemorySegment address =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new AssertionError("the C library has no function " + name));
    return LINKER.downcallHandle(address, descriptor, options);
  }

  // One holder class for each function, so that it is linked on its first call.

  private static final class Open {
    static final MethodHandle HANDLE =
        link(
            "open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
  }

  private static final class Flock {
    static final MethodHandle HANDLE =
        link("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
  }

  private static final class Fstat {
    static final MethodHandle HANDLE =
        link(
            MAC && !ARM ? "fstat$INODE64" : "fstat",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS),
            ERRNO);
  }

  private static final class Close {
    static final MethodHandle HANDLE = link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  private static final class Pwrite {
    static final MethodHandle HANDLE =
        link(
            "pwrite",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG),
            ERRNO);
  }

  private static final class Ftruncate {
    static final MethodHandle HANDLE =
        link("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), ERRNO);
  }
}
