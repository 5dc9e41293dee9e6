package dev.tsuku.llm.tests.attack;

import dev.tsuku.llm.daemon.socket.InstanceLock;
import dev.tsuku.llm.daemon.socket.Posix;
import dev.tsuku.llm.daemon.socket.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of threads that want the same lock, all the time, with others like it. Whoever believes
 * to hold the lock takes a witness besides: a lock on a file that nobody ever removes, which the
 * kernel gives to one at a time. A witness that is taken already is an overlap: somebody else
 * believes to hold the lock too.
 *
 * <p>Arguments: the protocol, {@code daemon} for the daemon's own or {@code naive} for one that
 * forgets to look whether the file it has locked is still there; the directory; how many threads;
 * how many times the lock is to be had by this process; how many overlaps are enough. Prints the
 * number of times and of overlaps.
 */
final class LockContender {

  private final boolean naive;
  private final Path lock;
  private final Path socket;
  private final Path witness;
  private final AtomicInteger left;
  private final AtomicInteger had = new AtomicInteger();
  private final AtomicInteger overlaps = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final int overlapsWanted;

  private LockContender(boolean naive, Path directory, int times, int overlapsWanted) {
    this.naive = naive;
    this.lock = directory.resolve("llm.sock.lock");
    this.socket = directory.resolve("llm.sock");
    this.witness = directory.resolve("witness");
    this.left = new AtomicInteger(times);
    this.overlapsWanted = overlapsWanted;
  }

  public static void main(String[] args) throws Exception {
    LockContender contender =
        new LockContender(
            args[0].equals("naive"),
            Path.of(args[1]),
            Integer.parseInt(args[3]),
            Integer.parseInt(args[4]));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(args[2]); i++) {
      threads.add(Thread.ofPlatform().start(contender::contend));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.println(contender.had.get() + " " + contender.overlaps.get());
  }

  private void contend() {
    try {
      while (!enough.get() && left.get() > 0) {
        if (naive) {
          holdNaively();
        } else {
          hold();
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void hold() throws IOException {
    try (InstanceLock held =
        InstanceLock.acquire(lock, socket, pause -> enough.get() || left.get() <= 0)) {
      testify();
      if (!held.holds()) {
        throw new AssertionError("somebody has removed the file of a lock that is held");
      }
    } catch (StartException e) {
      // Unlucky for a whole second, or no longer needed.
      if (e.kind() == StartException.Kind.HOME_UNUSABLE) {
        throw e;
      }
    }
  }

  private void holdNaively() throws IOException {
    int fd = Posix.open(lock);
    try {
      if (Posix.tryLock(fd)) {
        testify();
        Files.deleteIfExists(lock);
      }
    } finally {
      Posix.close(fd);
    }
  }

  /** Called by one thread on the machine at a time, or else the lock is none. */
  private void testify() throws IOException {
    int fd = Posix.open(witness);
    try {
      if (!Posix.tryLock(fd) && overlaps.incrementAndGet() >= overlapsWanted) {
        enough.set(true);
      }
      // Long enough for somebody else to come in, if that is possible at all.
      LockSupport.parkNanos(20_000);
    } finally {
      Posix.close(fd);
    }
    had.incrementAndGet();
    left.decrementAndGet();
  }
}
