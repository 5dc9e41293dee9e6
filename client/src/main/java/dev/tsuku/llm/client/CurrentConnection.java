package dev.tsuku.llm.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of a client, made when it is needed and replaced when it has failed, to a
 * daemon that is started for it where that is allowed.
 *
 * <p>Owned and closed by the client. Thread-safe: a thread that finds the connection dead replaces
 * it while the others wait for the new one.
 */
final class CurrentConnection implements AutoCloseable {

  /** A daemon may be caught at its end once or twice; more often, something is wrong with it. */
  private static final int ATTEMPTS = 3;

  /** Who may start a daemon has time for one that comes up on a machine full of others. */
  private static final Duration STARTED_ANSWERS_WITHIN = Duration.ofSeconds(20);

  /** Who only asks one that runs does not. */
  private static final Duration RUNNING_ANSWERS_WITHIN = Duration.ofSeconds(10);

  private final DaemonSocket socket;
  private final Ownership ownership;
  private final @Nullable DaemonLauncher launcher;
  private final EventLoop loop = new EventLoop();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ReentrantLock replacing = new ReentrantLock();

  @GuardedBy("replacing")
  private @Nullable Connection connection;

  /** The one in use or being tried: what there is to cancel. */
  private volatile @Nullable Connection latest;

  private volatile long pid;

  /**
   * No connection yet.
   *
   * @param launcher null: no daemon is to be started
   */
  CurrentConnection(Home home, @Nullable DaemonLauncher launcher) {
    this.ownership = new Ownership(home);
    this.socket = new DaemonSocket(ownership, closed);
    this.launcher = launcher;
  }

  DaemonSocket socket() {
    return socket;
  }

  boolean mayStart() {
    return launcher != null;
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Of the daemon that was last connected to; 0 if it did not say. */
  long pid() {
    return pid;
  }

  /** The one in use; the first call, and one after {@link #forget}, makes it. */
  Connection get() {
    return insteadOf(null);
  }

  /** The connection in use, unless that is the one that failed; then a new one takes its place. */
  Connection insteadOf(@Nullable Connection failed) {
    lockOrCancel();
    try {
      requireOpen();
      Connection inUse = connection;
      if (inUse == null || inUse == failed) {
        if (inUse != null) {
          inUse.retire();
        }
        connection = null;
        inUse = reach();
        connection = inUse;
      }
      return inUse;
    } finally {
      replacing.unlock();
    }
  }

  /** The next call makes a new connection. */
  void forget(Connection failed) {
    lockOrCancel();
    try {
      if (connection == failed) {
        failed.retire();
        connection = null;
      }
    } finally {
      replacing.unlock();
    }
  }

  /** A connection to a daemon that answers and, if it can be replaced, takes work. */
  private Connection reach() {
    @Nullable ClientException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (!socket.accepts()) {
        start();
      }
      Connection fresh = newConnection();
      boolean keep = false;
      try {
        DaemonStatus status = fresh.status();
        pid = status.daemon().pid();
        keep = launcher == null || !status.availability().draining();
      } catch (ClientException e) {
        if (e.kind() != Kind.GONE) {
          throw e;
        }
        ownership.requireOwnDaemon(e);
        last = e;
      } finally {
        if (!keep) {
          fresh.close();
        }
      }
      if (keep) {
        return fresh;
      }
      if (launcher != null) {
        socket.awaitEnd();
      }
    }
    if (launcher == null && last != null) {
      throw last;
    }
    throw new ClientException(
        Kind.NOT_STARTED,
        "The daemon was started "
            + ATTEMPTS
            + " times and went away each time before it answered. Its log is "
            + socket.home().log()
            + ".");
  }

  private Connection newConnection() {
    Connection fresh =
        new Connection(
            socket.home(),
            loop,
            launcher == null ? RUNNING_ANSWERS_WITHIN : STARTED_ANSWERS_WITHIN);
    // First published, then looked at the latch: close() does it the other way round.
    latest = fresh;
    if (isClosed()) {
      fresh.close();
      throw new ClientException(Kind.CANCELLED, "The client was closed before it was connected.");
    }
    return fresh;
  }

  private void start() {
    if (launcher != null) {
      ownership.requireOwnToStart();
      DaemonStart.run(socket, launcher);
    } else if (!socket.appears()) {
      throw new ClientException(
          Kind.NOT_RUNNING, "No daemon is running in " + socket.home().directory() + ".");
    }
  }

  private void lockOrCancel() {
    try {
      replacing.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientException(Kind.CANCELLED, "Interrupted while waiting for the daemon.", e);
    }
  }

  private void requireOpen() {
    if (isClosed()) {
      throw new IllegalStateException(
          "This TsukuClient for " + socket.home().directory() + " is closed.");
    }
  }

  /** Cancels all calls under way; idempotent. */
  @Override
  public void close() {
    closed.countDown();
    Connection open = latest;
    if (open != null) {
      open.close();
    }
    loop.close();
  }
}
