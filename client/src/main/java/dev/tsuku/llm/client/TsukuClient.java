package dev.tsuku.llm.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A program's way to the daemon of one home.
 *
 * <p>A client that may start daemons keeps its promise across them: when the daemon is shutting
 * down, or vanishes in the middle of a call, the client waits for it to be gone, starts another and
 * asks once more. It may, since a prompt has no effects besides its answer.
 *
 * <p>Owned and closed by the program; closing leaves the daemon running. Thread-safe: any thread
 * may call, and blocks until the answer is there. One connection is in use at a time; a thread that
 * finds it dead replaces it while the others wait for the new one.
 */
public final class TsukuClient implements AutoCloseable {

  /** A daemon may be caught at its end once or twice; more often, something is wrong with it. */
  private static final int ATTEMPTS = 3;

  private final DaemonSocket socket;
  private final @Nullable DaemonLauncher launcher;
  private final EventLoop loop = new EventLoop();
  private final CountDownLatch closed;
  private final ReentrantLock replacing = new ReentrantLock();

  @GuardedBy("replacing")
  private @Nullable Connection connection;

  /** The one in use or being tried: what there is to cancel. */
  private volatile @Nullable Connection latest;

  private volatile long pid;

  private TsukuClient(Home home, @Nullable DaemonLauncher launcher) {
    this.closed = new CountDownLatch(1);
    this.socket = new DaemonSocket(home, closed);
    this.launcher = launcher;
  }

  /**
   * Connects to the daemon that runs for {@code home}; starts none, now or later.
   *
   * @throws ClientException of kind {@code NOT_RUNNING} if there is none
   */
  public static TsukuClient connect(Home home) {
    return opened(home, null);
  }

  /**
   * Connects to the daemon that runs for {@code home}, or starts one and waits until it answers:
   * typically less than a second, at most 40. Many programs may do so at once; one daemon is left.
   *
   * @throws ClientException of kind {@code NOT_STARTED} if none comes up
   */
  public static TsukuClient connectOrStart(Home home, DaemonLauncher launcher) {
    return opened(home, launcher);
  }

  private static TsukuClient opened(Home home, @Nullable DaemonLauncher launcher) {
    try {
      home.requireSocketPathFits();
    } catch (IllegalArgumentException e) {
      throw new ClientException(Kind.INVALID, String.valueOf(e.getMessage()), e);
    }
    TsukuClient client = new TsukuClient(home, launcher);
    try {
      var _ = client.current();
      return client;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Asks the model and waits for its answer, however long it takes: a model may have to be loaded
   * first.
   */
  public Completion complete(Prompt prompt) {
    Connection first = current();
    try {
      return first.complete(prompt);
    } catch (ClientException e) {
      ClientException failure = told(e);
      if (failure.kind() != Kind.GONE || launcher == null) {
        throw failure;
      }
      return again(prompt, first, failure);
    }
  }

  private Completion again(Prompt prompt, Connection failed, ClientException failure) {
    try {
      return replacementOf(failed).complete(prompt);
    } catch (ClientException e) {
      e.addSuppressed(failure);
      throw told(e);
    }
  }

  /** What the daemon says of itself; it answers also while it loads, computes or shuts down. */
  public DaemonStatus status() {
    Connection first = current();
    try {
      return first.status();
    } catch (ClientException e) {
      ClientException failure = told(e);
      if (failure.kind() != Kind.GONE) {
        throw failure;
      }
      return statusOfAnother(first, failure);
    }
  }

  private DaemonStatus statusOfAnother(Connection failed, ClientException failure) {
    try {
      return replacementOf(failed).status();
    } catch (ClientException e) {
      e.addSuppressed(failure);
      throw told(e);
    }
  }

  /**
   * Asks the daemon to end. It goes on for as long as {@link #awaitGone} waits.
   *
   * @param graceful whether it may finish what it is answering, for up to 10 s
   * @return whether it will, or has already
   */
  public boolean stop(boolean graceful) {
    Connection first = current();
    try {
      return first.shutdown(graceful);
    } catch (ClientException e) {
      ClientException failure = told(e);
      if (failure.kind() != Kind.GONE) {
        throw failure;
      }
      forget(first);
      return true;
    }
  }

  /** The next call makes a new connection. */
  private void forget(Connection failed) {
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

  /**
   * Waits until the daemon has removed its socket and its lock file and is gone.
   *
   * @return whether it went in time
   */
  public boolean awaitGone(Duration within) {
    return socket.awaitGone(pid, within);
  }

  /** Cancels all calls under way. The daemon stays. */
  @Override
  public void close() {
    closed.countDown();
    Connection open = latest;
    if (open != null) {
      open.close();
    }
    loop.close();
  }

  private Connection current() {
    return replacementOf(null);
  }

  /** The connection in use, unless that is the one that failed; then a new one takes its place. */
  private Connection replacementOf(@Nullable Connection failed) {
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

  /** A connection to a daemon that answers and takes work; starts one if that is allowed. */
  private Connection reach() {
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
        if (e.kind() != Kind.GONE || launcher == null) {
          throw e;
        }
      } finally {
        if (!keep) {
          fresh.close();
        }
      }
      if (keep) {
        return fresh;
      }
      socket.awaitEnd();
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
    Connection fresh = new Connection(socket.home(), loop);
    // First published, then looked at the latch: close() does it the other way round.
    latest = fresh;
    if (closed.getCount() == 0) {
      fresh.close();
      throw new ClientException(Kind.CANCELLED, "The client was closed before it was connected.");
    }
    return fresh;
  }

  private void start() {
    if (launcher == null) {
      throw new ClientException(
          Kind.NOT_RUNNING, "No daemon is running in " + socket.home().directory() + ".");
    }
    DaemonStart.run(socket, launcher);
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
    if (closed.getCount() == 0) {
      throw new IllegalStateException(
          "This TsukuClient for " + socket.home().directory() + " is closed.");
    }
  }

  /** What a failure was to the caller: after closing or an interrupt, it is what that did. */
  private ClientException told(ClientException failure) {
    if (closed.getCount() == 0 && failure.kind() != Kind.CANCELLED) {
      return new ClientException(
          Kind.CANCELLED, "The client was closed before the daemon had answered.", failure);
    }
    return failure;
  }
}
