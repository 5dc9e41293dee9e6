package dev.tsuku.llm.daemon.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** The calls of POSIX on files that Java has no equal for, on Linux and macOS. Thread-safe. */
public final class Posix {

  private static final boolean MAC = CLibrary.MAC;
  private static final boolean ARM = CLibrary.ARM;

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

  private static final String FSTAT = MAC && !ARM ? "fstat$INODE64" : "fstat";

  /** Larger than any {@code struct stat} of these systems. */
  private static final long STAT_BYTES = 512;

  private Posix() {}

  /** A file's identity: two paths or descriptors with equal ids are the same file. */
  public record FileId(long device, long inode) {

    // By hand: what a record brings is generated at its first use, for 10 ms before the socket.

    @Override
    public boolean equals(Object other) {
      return other instanceof FileId id && id.device == device && id.inode == inode;
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(device) + Long.hashCode(inode);
    }
  }

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
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = CLibrary.newState(arena);
      MemorySegment name = arena.allocateFrom(path.toString());
      int fd;
      do {
        fd = (int) CLibrary.callVariadic("open", state, name.address(), flags, 0600);
      } while (fd < 0 && CLibrary.errno(state) == EINTR);
      if (fd < 0) {
        throw new PosixException("open", CLibrary.errno(state));
      }
      return fd;
    }
  }

  /**
   * Takes the exclusive {@code flock} of an open file, without waiting.
   *
   * @return false if somebody else holds it
   */
  public static boolean tryLock(int fd) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = CLibrary.newState(arena);
      int result;
      do {
        result = (int) CLibrary.call("flock", state, fd, LOCK_EX | LOCK_NB, 0, 0);
      } while (result < 0 && CLibrary.errno(state) == EINTR);
      if (result < 0 && CLibrary.errno(state) != EWOULDBLOCK) {
        throw new PosixException("flock", CLibrary.errno(state));
      }
      return result == 0;
    }
  }

  /** Which file a descriptor stands for. */
  public static FileId identify(int fd) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = CLibrary.newState(arena);
      MemorySegment stat = arena.allocate(STAT_BYTES, Long.BYTES);
      if ((int) CLibrary.call(FSTAT, state, fd, stat.address(), 0, 0) < 0) {
        throw new PosixException("fstat", CLibrary.errno(state));
      }
      // st_dev is the first field of all these structs: 4 bytes and then st_mode on macOS.
      long device = MAC ? Integer.toUnsignedLong(stat.get(JAVA_INT, 0)) : stat.get(JAVA_LONG, 0);
      return new FileId(device, stat.get(JAVA_LONG, 8));
    }
  }

  /** Closes a descriptor, and with it gives up its lock. */
  public static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      // Whatever it returns, the descriptor is gone.
      long _ = CLibrary.call("close", CLibrary.newState(arena), fd, 0, 0, 0);
    }
  }

  /** Replaces the content of an open file. */
  public static void write(int fd, byte[] content) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = CLibrary.newState(arena);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
      long written;
      do {
        written = CLibrary.call("pwrite", state, fd, bytes.address(), bytes.byteSize(), 0);
      } while (written < 0 && CLibrary.errno(state) == EINTR);
      if (written < 0) {
        throw new PosixException("pwrite", CLibrary.errno(state));
      }
      if ((int) CLibrary.call("ftruncate", state, fd, written, 0, 0) < 0) {
        throw new PosixException("ftruncate", CLibrary.errno(state));
      }
    }
  }
}
