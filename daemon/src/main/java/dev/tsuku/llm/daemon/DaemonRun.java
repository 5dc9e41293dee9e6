package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.drain.Drain;
import dev.tsuku.llm.daemon.drain.Gate;
import dev.tsuku.llm.daemon.exit.ExitStatus;
import dev.tsuku.llm.daemon.exit.Watchdog;
import dev.tsuku.llm.daemon.log.LogFile;
import dev.tsuku.llm.daemon.rpc.DaemonFacts;
import dev.tsuku.llm.daemon.rpc.InferenceRpc;
import dev.tsuku.llm.daemon.rpc.StandardServices;
import dev.tsuku.llm.daemon.schedule.ModelHost;
import dev.tsuku.llm.daemon.settings.Settings;
import dev.tsuku.llm.daemon.socket.InstanceLock;
import dev.tsuku.llm.daemon.socket.Posix;
import dev.tsuku.llm.daemon.socket.SocketServer;
import dev.tsuku.llm.daemon.socket.StartException;
import dev.tsuku.llm.daemon.state.DaemonState;
import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import dev.tsuku.llm.models.ModelStore;
import dev.tsuku.llm.protocol.GoDuration;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.Version;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One daemon's life, on the main thread from its first to its last moment.
 *
 * <p>It starts in this order, and what comes later needs what came before:
 *
 * <ol>
 *   <li>the home directory, and the log in it;
 *   <li>the lock: from here on, the socket's path is ours;
 *   <li>the socket: from here on, clients are answered;
 *   <li>the model, behind their backs.
 * </ol>
 *
 * <p>It stops in the opposite order, after the gate is shut and what was in flight has ended: the
 * socket goes, the model goes, the lock file goes, the lock is given up. A start that fails
 * half-way undoes what it did in the same way. A watchdog ends the process should any of this hang.
 */
final class DaemonRun {

  private static final Logger LOG = System.getLogger(DaemonRun.class.getName());

  private final Settings settings;
  private final Home home;
  private final Lifecycle lifecycle;
  private final LlamaLoader loader;
  private final Budgets budgets = Budgets.DEFAULT;
  private final Gate gate;
  private final ModelHost models;
  private final StandardServices standardServices = new StandardServices();
  private final long startedNanos = System.nanoTime();

  private Optional<LogFile> log = Optional.empty();

  // The watchdog may need these two while the main thread hangs.
  private volatile Optional<InstanceLock> lock = Optional.empty();
  private volatile Optional<SocketServer> server = Optional.empty();

  DaemonRun(Settings settings, Lifecycle lifecycle, LlamaLoader loader) {
    this.settings = settings;
    this.home = settings.home();
    this.lifecycle = lifecycle;
    this.loader = loader;
    this.gate = new Gate(budgets.requests(), System::nanoTime, lifecycle::wake);
    this.models = new ModelHost(new ModelStore(home.models()), loader, settings.model());
  }

  /** Runs to the end; returns the exit status. */
  int run() {
    int status = ExitStatus.CLEAN;
    try {
      start();
      if (lifecycle.started()) {
        LOG.log(Level.INFO, "ready after {0} ms, at {1}", elapsedMillis(), home.socket());
        if (settings.preload()) {
          models.preload();
        }
        awaitStop();
      }
    } catch (StartException e) {
      if (e.kind() != StartException.Kind.INTERRUPTED) {
        status = failedStart(String.valueOf(e.getMessage()), e);
      }
    } catch (RuntimeException | Error e) {
      status =
          failedStart("The daemon failed: " + e + ". " + home.log() + " holds the details.", e);
    }
    stop();
    return status;
  }

  private void start() {
    lifecycle.starting();
    HomeDirectory.prepare(home.directory());
    log = installLog();
    lock = Optional.of(InstanceLock.acquire(home.lock(), lifecycle::awaitStopRequest));
    LOG.log(
        Level.INFO,
        "tsuku-llm {0} starts, pid {1}, idle timeout {2}",
        Version.current(),
        Long.toString(ProcessHandle.current().pid()),
        GoDuration.format(settings.idleTimeout()));
    server =
        Optional.of(
            SocketServer.open(
                home, standardServices.with(new InferenceRpc(gate, models, lifecycle, facts()))));
  }

  private Optional<LogFile> installLog() {
    try {
      return Optional.of(LogFile.install(home.log()));
    } catch (IOException e) {
      throw new StartException(
          StartException.Kind.HOME_UNUSABLE,
          "Cannot write the log "
              + home.log()
              + ": "
              + e.getMessage()
              + ". Remove it, or set TSUKU_HOME to another directory.",
          e);
    }
  }

  private DaemonFacts facts() {
    return new DaemonFacts(
        Version.current(), Instant.now(), home.log(), loader::backend, loader::availableVramBytes);
  }

  private int failedStart(String sentence, Throwable cause) {
    LOG.log(Level.ERROR, sentence, cause);
    Daemon.complain(sentence);
    lifecycle.requestStop(new StopRequest(Cause.FAILED_START, sentence));
    return ExitStatus.FAILED_START;
  }

  /**
   * Returns once somebody wants the daemon to go, or nobody has wanted anything for long enough.
   */
  private void awaitStop() {
    if (settings.idleTimeout().isZero()) {
      Duration forEver = Duration.ofDays(365);
      while (!lifecycle.awaitStopRequest(forEver)) {
        // Still nobody.
      }
      return;
    }
    Duration next = settings.idleTimeout();
    while (!lifecycle.awaitStopRequest(next)) {
      next = gate.shutIfIdle(settings.idleTimeout());
      if (next.isZero()) {
        lifecycle.requestStop(
            new StopRequest(
                Cause.IDLE, "no request for " + GoDuration.format(settings.idleTimeout())));
      }
    }
  }

  /** Undoes what was done, last things first; whatever fails, the rest is still undone. */
  private void stop() {
    long started = System.nanoTime();
    Watchdog watchdog = Watchdog.arm(budgets.stop(), this::endNow);
    lifecycle
        .stopRequest()
        .ifPresent(request -> LOG.log(Level.INFO, "stopping: {0}", request.toString()));
    if (lifecycle.state() == DaemonState.READY) {
      lifecycle.drain();
    }
    // Requests come as soon as there is a socket, a moment before the start is over.
    if (server.isPresent()) {
      standardServices.draining();
      int left = new Drain(gate, lifecycle, budgets.grace(), budgets.afterCancel()).run();
      if (left > 0) {
        LOG.log(Level.WARNING, "{0} requests were not answered in time", left);
      }
    }
    gate.shut();
    lifecycle.stop();
    List<String> failures = new ArrayList<>();
    server.ifPresent(open -> closing("the socket", open, failures));
    closing("the model", models, failures);
    lock.ifPresent(held -> closing("the lock", held, failures));
    lifecycle.stopped();
    failures.forEach(failure -> LOG.log(Level.WARNING, failure));
    LOG.log(Level.INFO, "stopped in {0} ms", (System.nanoTime() - started) / 1_000_000);
    watchdog.disarm();
    log.ifPresent(LogFile::close);
  }

  private static void closing(String what, AutoCloseable thing, List<String> failures) {
    try {
      thing.close();
    } catch (Exception e) {
      failures.add("closing " + what + " failed: " + e);
    }
  }

  /** The watchdog's: without waiting for anybody. */
  private void endNow() {
    try {
      if (server.isPresent()) {
        server.get().removeFile();
      }
      if (lock.isPresent()) {
        lock.get().removeFile();
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.ERROR, "the files could not be removed", e);
    } finally {
      Posix.exitNow(ExitStatus.CLEAN);
    }
  }

  private long elapsedMillis() {
    return (System.nanoTime() - startedNanos) / 1_000_000;
  }
}
