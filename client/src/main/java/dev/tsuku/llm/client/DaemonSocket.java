package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.ProcessState;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Whether a daemon is there, told from outside: by connecting, and by the files it leaves or
 * removes. Immutable and thread-safe.
 *
 * @param ownership of the home whose daemon it is
 * @param cancelled opened when nothing need be waited for any more
 */
record DaemonSocket(Ownership ownership, CountDownLatch cancelled) {

  /** A daemon listens within 10 s of its start, and has 2 s to be gone once its socket is. */
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(10);

  /** A daemon has 10 s to finish what is in flight and 2 s to be gone. */
  private static final Duration DRAINED_WITHIN = Duration.ofSeconds(15);

  /** From the last connection it takes to the end of its lock file. */
  private static final Duration RELEASED_WITHIN = Duration.ofSeconds(3);

  /** From the end of its files to the end of its process. */
  private static final Duration EXITED_WITHIN = Duration.ofSeconds(1);

  Home home() {
    return ownership.home();
  }

  /**
   * Whether somebody accepts connections. A daemon does not mind ones that say nothing.
   *
   * @throws ClientException of kind {@code FORBIDDEN} if this user may not connect
   */
  boolean accepts() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(home().socket()))) {
      return probe.isConnected();
    } catch (IOException e) {
      ownership.requireAccess();
      return false;
    }
  }

  /**
   * Where nobody accepts connections: waits for a daemon that is just starting, or just ending, to
   * have done so.
   *
   * @return whether one listens; false, and at once, if none is there at all
   * @throws ClientException of kind {@code FAILED} if one is and takes longer than it may
   */
  boolean appears() {
    Patience patience = new Patience(SETTLED_WITHIN, cancelled);
    while (!accepts()) {
      Optional<ProcessHandle> holder = LockHolder.in(home());
      if (holder.isEmpty()) {
        return accepts();
      }
      if (!patience.pause()) {
        throw new ClientException(
            Kind.FAILED,
            "The daemon"
                + LockHolder.inBrackets(holder)
                + " holds "
                + home().lock()
                + " but takes no connections. Its log is "
                + home().log()
                + LockHolder.wayToEnd(holder)
                + ".");
      }
    }
    return true;
  }

  /**
   * Waits until a daemon that is shutting down has let go of its socket and, if it does so cleanly,
   * of its lock.
   *
   * @throws ClientException of kind {@code GONE} if it takes longer than it may
   */
  void awaitEnd() {
    if (!new Patience(DRAINED_WITHIN, cancelled).until(() -> !accepts())) {
      throw new ClientException(
          Kind.GONE,
          "The daemon in "
              + home().directory()
              + " has been shutting down for more than "
              + DRAINED_WITHIN.toSeconds()
              + " s. Try again in a moment, or end it by hand.");
    }
    // A killed daemon leaves both files, one that ends cleanly removes the socket first.
    var _ =
        new Patience(RELEASED_WITHIN, cancelled)
            .until(() -> !exists(home().lock()) || exists(home().socket()));
  }

  /**
   * Waits until socket and lock file are gone, or their process is, and then, for a moment, for the
   * process.
   *
   * @param pid of the daemon; 0 if it is not known
   * @return whether it happened in time
   */
  boolean awaitGone(long pid, Duration within) {
    boolean gone =
        new Patience(within, cancelled)
            .until(() -> (!exists(home().socket()) && !exists(home().lock())) || isGone(pid));
    if (gone && pid > 0) {
      var _ = new Patience(EXITED_WITHIN, cancelled).until(() -> isGone(pid));
    }
    return gone;
  }

  private static boolean isGone(long pid) {
    return pid > 0 && !ProcessState.isRunning(pid);
  }

  private static boolean exists(Path file) {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
  }
}
