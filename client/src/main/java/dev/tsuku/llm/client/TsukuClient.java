package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A program's way to the daemon of one home.
 *
 * <pre>{@code
 * Home home = Home.of(System.getenv());
 * DaemonLauncher launcher = DaemonLauncher.of(Path.of("/opt/tsuku-llm/bin/tsuku-llm"));
 * try (TsukuClient client = TsukuClient.connectOrStart(home, launcher)) {
 *   Completion answer = client.complete(Prompt.of("Name three colours."));
 *   System.out.println(answer.content());
 * }
 * }</pre>
 *
 * <p><b>Starting.</b> {@link #connectOrStart} uses the daemon that runs, or starts one; so does
 * every later call that finds it gone, since a daemon that nobody asks anything ends by itself. A
 * client from {@link #connect} starts none, now or later. Many programs may start one at the same
 * moment: one daemon is left, and all of them use it. In another user's home none is started, and
 * another user's daemon answers nobody else: both fail at once, as {@code FORBIDDEN}.
 *
 * <p><b>Trying again.</b> A daemon that is shutting down takes no prompts, and one that dies in the
 * middle of a call takes the answer with it. A client that may start daemons waits for the old one
 * to be gone, starts another, and sends the same prompt once more; that is safe, because a prompt
 * has no effects besides its answer. If the next daemon goes as well, the call fails as {@code
 * GONE}. A client that may start none sends no prompt twice, and no client one of whose answer a
 * part has been told. Nothing else is tried again: what a daemon has refused, it would refuse
 * again.
 *
 * <p><b>Failures</b> are {@link ClientException}s. Their message is a sentence for people, their
 * {@link Kind} says what a program can do about it.
 *
 * <p><b>Threads.</b> A client may be shared; any thread may call, and blocks until the answer is
 * there. Prompts of several threads are under way at once.
 *
 * <p><b>Interrupting</b> a thread that waits in a call cancels that call, here and in the daemon,
 * which stops computing; the call fails as {@code CANCELLED} and the thread stays interrupted.
 * Other threads' calls go on. There is no timeout of its own for a prompt: interrupt, where one is
 * needed.
 *
 * <p><b>Closing</b> cancels every call under way, in the same way, and leaves the daemon running
 * for whoever asks next. The program owns and closes the client. Later calls throw {@link
 * IllegalStateException}.
 */
public final class TsukuClient implements AutoCloseable {

  private final CurrentConnection current;

  private TsukuClient(Home home, @Nullable DaemonLauncher launcher) {
    this.current = new CurrentConnection(home, launcher);
  }

  /**
   * Initializes, on a daemon thread of its own, what the first client of a process needs; returns
   * at once. For programs that have something else to do before they connect, and start often:
   * connecting then takes some tens of milliseconds less. Nothing depends on it.
   */
  public static void prepare() {
    try {
      Thread.ofPlatform().daemon().name("tsuku-llm-prepare").start(TsukuClient::prepareConnection);
    } catch (OutOfMemoryError e) {
      // Without a thread for it, connecting takes longer, or says why it cannot be done.
    }
  }

  private static void prepareConnection() {
    try {
      Connection.prepare();
    } catch (RuntimeException | OutOfMemoryError e) {
      // The real connection fails as well, and says why.
    }
  }

  /**
   * Connects to the daemon that runs for {@code home}; starts none, now or later. One that is just
   * starting or ending is waited for.
   *
   * @throws ClientException of kind {@code NOT_RUNNING} if there is none; {@code FORBIDDEN} or
   *     {@code INVALID} if the home cannot be used; {@code FAILED}, after 10 s, if a daemon is
   *     there and does not answer
   */
  public static TsukuClient connect(Home home) {
    return opened(home, null);
  }

  /**
   * Connects to the daemon that runs for {@code home}, or starts one and waits until it answers:
   * typically less than a second, at most 40.
   *
   * @throws ClientException of kind {@code NOT_STARTED} if none comes up; {@code FORBIDDEN} or
   *     {@code INVALID} if the home cannot be used; {@code GONE}, after 15 s, if a daemon is ending
   *     and does not come to its end; {@code FAILED}, after 20 s, if one is there and does not
   *     answer
   */
  public static TsukuClient connectOrStart(Home home, DaemonLauncher launcher) {
    return opened(home, launcher);
  }

  private static TsukuClient opened(Home home, @Nullable DaemonLauncher launcher) {
    requireUsable(home);
    TsukuClient client;
    try {
      client = new TsukuClient(home, launcher);
    } catch (OutOfMemoryError e) {
      throw Failures.ofThreads(e);
    }
    try {
      var _ = client.current.get();
      return client;
    } catch (RuntimeException | Error e) {
      client.close();
      throw e;
    }
  }

  private static void requireUsable(Home home) {
    try {
      home.requireSocketPathFits();
    } catch (IllegalArgumentException e) {
      throw new ClientException(Kind.INVALID, String.valueOf(e.getMessage()), e);
    }
    if (Files.exists(home.directory()) && !Files.isDirectory(home.directory())) {
      throw new ClientException(
          Kind.INVALID,
          home.directory() + " is not a directory. Set " + Home.VARIABLE + " to one.");
    }
  }

  /**
   * Asks the model and waits for its answer, however long it takes: a model may have to be loaded
   * first, and prompts that came earlier are answered earlier.
   *
   * @throws ClientException of kind {@code INVALID} or {@code REFUSED} with the daemon's own
   *     sentence and {@link ClientException#reason}; {@code GONE} if the daemon went, and so did
   *     the next; {@code CANCELLED} after an interrupt or {@link #close}; {@code FAILED} if the
   *     daemon failed; where a daemon has to be reached or started first, also as {@link #connect}
   *     and {@link #connectOrStart} do
   * @throws IllegalStateException if this client is closed
   */
  public Completion complete(Prompt prompt) {
    return asked(connection -> connection.complete(prompt), current::mayStart);
  }

  /**
   * Asks the model as {@link #complete} does and tells a listener how the answer comes about. The
   * texts that it is told are, together, the content of what this returns. Should the daemon go
   * before the first of them, the prompt is sent once more and the waits are told anew; should it
   * go later, the call fails as {@code GONE}, because another answer need not begin like this one.
   *
   * @param listener called on this thread
   * @throws ClientException as {@link #complete} does
   * @throws IllegalStateException if this client is closed
   */
  public Completion stream(Prompt prompt, CompletionListener listener) {
    StreamListener told = new StreamListener(listener);
    return asked(
        connection -> connection.stream(prompt, told),
        () -> current.mayStart() && told.mayBeginAnew());
  }

  /**
   * What the daemon says of itself; it answers also while it loads, computes or shuts down.
   *
   * @throws ClientException as {@link #complete} does; of kind {@code FAILED} if there is no answer
   *     within 10 s, or 20 s for a client that may start daemons
   * @throws IllegalStateException if this client is closed
   */
  public DaemonStatus status() {
    return asked(Connection::status, () -> true);
  }

  /**
   * What the daemon has done since it started, in Prometheus' text format 0.0.4.
   *
   * @throws ClientException as {@link #status} does
   * @throws IllegalStateException if this client is closed
   */
  public String metrics() {
    return asked(Connection::metrics, () -> true);
  }

  /** Calls once, and where the daemon has gone once more, on another connection. */
  private <T> T asked(Function<Connection, T> call, BooleanSupplier again) {
    Connection first = current.get();
    try {
      return call.apply(first);
    } catch (ClientException e) {
      ClientException failure = told(e);
      if (failure.kind() != Kind.GONE || !again.getAsBoolean()) {
        throw failure;
      }
      return askedAgain(call, first, failure);
    }
  }

  private <T> T askedAgain(
      Function<Connection, T> call, Connection failed, ClientException failure) {
    try {
      return call.apply(current.insteadOf(failed));
    } catch (ClientException e) {
      e.addSuppressed(failure);
      throw told(e);
    }
  }

  /**
   * Asks the daemon to end. It goes on for as long as {@link #awaitGone} waits. The next call of a
   * client that may start daemons starts another.
   *
   * @param graceful whether it may finish what it is answering, for up to 10 s
   * @return whether it will, or has already
   * @throws ClientException as {@link #status} does
   * @throws IllegalStateException if this client is closed
   */
  public boolean stop(boolean graceful) {
    Connection first = current.get();
    try {
      return first.shutdown(graceful);
    } catch (ClientException e) {
      ClientException failure = told(e);
      if (failure.kind() != Kind.GONE) {
        throw failure;
      }
      current.forget(first);
      return true;
    }
  }

  /**
   * Waits until the daemon has removed its socket and its lock file and is gone.
   *
   * @return whether it went in time
   * @throws ClientException of kind {@code CANCELLED} after an interrupt or {@link #close}
   */
  public boolean awaitGone(Duration within) {
    return current.socket().awaitGone(current.pid(), within);
  }

  /** Cancels all calls under way. The daemon stays. Idempotent. */
  @Override
  public void close() {
    current.close();
  }

  /** What a failure was to the caller: after closing or an interrupt, it is what that did. */
  private ClientException told(ClientException failure) {
    if (current.isClosed() && failure.kind() != Kind.CANCELLED) {
      return new ClientException(
          Kind.CANCELLED, "The client was closed before the daemon had answered.", failure);
    }
    return failure;
  }
}
