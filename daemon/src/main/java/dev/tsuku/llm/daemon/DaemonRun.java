package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.drain.Drain;
import dev.tsuku.llm.daemon.drain.Gate;
import dev.tsuku.llm.daemon.exit.ExitStatus;
import dev.tsuku.llm.daemon.exit.Watchdog;
import dev.tsuku.llm.daemon.jars.JarTimes;
import dev.tsuku.llm.daemon.log.LogFile;
import dev.tsuku.llm.daemon.rpc.DaemonFacts;
import dev.tsuku.llm.daemon.rpc.InferenceRpc;
import dev.tsuku.llm.daemon.rpc.StandardServices;
import dev.tsuku.llm.daemon.rpc.UnknownMethods;
import dev.tsuku.llm.daemon.schedule.ModelHost;
import dev.tsuku.llm.daemon.settings.Settings;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import dev.tsuku.llm.daemon.socket.InstanceLock;
import dev.tsuku.llm.daemon.socket.PosixProcess;
import dev.tsuku.llm.daemon.socket.ServerPreparation;
import dev.tsuku.llm.daemon.socket.Services;
import dev.tsuku.llm.daemon.socket.SocketServer;
import dev.tsuku.llm.daemon.socket.StartException;
import dev.tsuku.llm.daemon.state.DaemonState;
import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import dev.tsuku.llm.daemon.threads.Background;
import dev.tsuku.llm.daemon.threads.ThreadLack;
import dev.tsuku.llm.models.BuiltinModel;
import dev.tsuku.llm.models.ModelStore;
import dev.tsuku.llm.protocol.GoDuration;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One daemon's life, on the main thread from its first to its last moment.
 *
 * <p>It starts in this order, and what comes later needs what came before:
 *
 * <ol>
 *   <li>the home directory, and the log in it;
 *   <li>the lock, unless it was free and {@link Daemon} has taken it before: from here on, the
 *       socket's path is ours; who does not get it has loaded nothing of the server;
 *   <li>the socket: from here on, clients are answered; the server is made while the log's first
 *       lines are written;
 *   <li>the model, behind their backs.
 * </ol>
 *
 * <p>It stops in the opposite order, after the gate is shut and what was in flight has ended: the
 * socket goes, the model goes, the lock file goes, the lock is given up. A start that fails
 * half-way undoes what it did in the same way. A watchdog ends the process should any of this hang.
 */
final class DaemonRun {

  private static final Logger LOG = System.getLogger(DaemonRun.class.getName());

  /** Set by the launcher to its own path. */
  private static final String LAUNCHER = "tsuku.launcher";

  /** The directory of the built-in model; the launcher sets the system property. */
  private static final Path BUILTIN = Path.of(System.getProperty("tsuku.models", "models"));

  private static final Duration FOR_EVER = Duration.ofDays(365);

  private final SettingsReport report;
  private final Settings settings;
  private final Home home;
  private final Lifecycle lifecycle;
  private final LlamaLoader loader;
  private final Budgets budgets = Budgets.DEFAULT;
  private final Gate gate;
  private final ModelHost models;
  private final long startedNanos = System.nanoTime();

  private Optional<LogFile> log = Optional.empty();

  // The watchdog may need these two while the main thread hangs.
  private volatile Optional<InstanceLock> lock;
  private volatile Optional<SocketServer> server = Optional.empty();

  /** Made with the server, since they are gRPC's. */
  private volatile Optional<StandardServices> standardServices = Optional.empty();

  /**
   * A daemon that has not begun.
   *
   * @param lock if it could be had at once
   */
  DaemonRun(
      SettingsReport report, Lifecycle lifecycle, LlamaLoader loader, Optional<InstanceLock> lock) {
    this.lock = lock;
    this.report = report;
    this.settings = report.settings();
    this.home = settings.home();
    this.lifecycle = lifecycle;
    this.loader = loader;
    this.gate = new Gate(budgets.requests(), System::nanoTime, lifecycle::wake);
    this.models =
        new ModelHost(
            new ModelStore(home.models(), BuiltinModel.in(BUILTIN)), loader, settings.model());
  }

  /** Runs to the end; returns the exit status. */
  int run() {
    int status = ExitStatus.CLEAN;
    try {
      if (!Training.IS_ON) {
        Watchdog.start(this::untilAStopIsRequested, budgets.stop(), this::endNow);
      }
      start();
      if (lifecycle.started()) {
        LOG.log(
            Level.INFO,
            "ready after {0} ms, at {1}",
            Long.toString(elapsedMillis()),
            home.socket());
        if (settings.preload()) {
          // Not on this thread, which must hear of a stop: the directory may be on a slow network.
          Background.start("preload", this::preload);
        }
        launcher().ifPresent(script -> JarTimes.keepInBackground(script, home.classes()));
        awaitStop();
      }
    } catch (StartException e) {
      switch (e.kind()) {
        case INTERRUPTED -> LOG.log(Level.INFO, "the start was interrupted");
        // Two daemons share a log for once, and where this one stood matters to nobody.
        case ALREADY_RUNNING -> status = lostTheRace(String.valueOf(e.getMessage()));
        // The sentence says all that is to be said.
        case HOME_UNUSABLE -> status = failedStart(String.valueOf(e.getMessage()), null);
      }
    } catch (RuntimeException | Error e) {
      status = failedStart(sentenceOn(e), ThreadLack.isCauseOf(e) ? null : e);
    }
    stop(status);
    return status;
  }

  /** The program's script; empty where Java was started without it. */
  private static Optional<Path> launcher() {
    return Optional.ofNullable(System.getProperty(LAUNCHER)).map(Path::of);
  }

  private void untilAStopIsRequested() {
    while (!lifecycle.awaitStopRequest(FOR_EVER)) {
      // Not yet.
    }
  }

  private void start() {
    lifecycle.starting();
    HomeDirectory.prepare(home.directory());
    log = Optional.of(DaemonLog.install(home.log()));
    DaemonLog.requireCrashLog(home.crashLog());
    if (lock.isEmpty()) {
      lock =
          Optional.of(
              InstanceLock.acquire(home.lock(), home.socket(), lifecycle::awaitStopRequest));
    }
    try (ServerPreparation preparation =
        ServerPreparation.begin(
            home,
            () -> {
              StandardServices standard = new StandardServices();
              standardServices = Optional.of(standard);
              return new Services(
                  standard.with(new InferenceRpc(gate, models, lifecycle, facts())),
                  new UnknownMethods());
            })) {
      Daemon.settle();
      log.ifPresent(LogFile::own);
      // As long as the server is being made, there is a core for what is needed then.
      preparation.initializeUnixSockets();
      DaemonLog.begin(report);
      server = Optional.of(preparation.open());
    }
  }

  private DaemonFacts facts() {
    return new DaemonFacts(
        Version.current(),
        Instant.now(),
        home.log(),
        loader::backend,
        loader::availableVramBytes,
        loader::note);
  }

  private String sentenceOn(Throwable failure) {
    return ThreadLack.isCauseOf(failure)
        ? "The daemon cannot start as many threads as it needs: " + ThreadLack.explanation()
        : "The daemon failed: " + failure + ". " + home.log() + " holds the details.";
  }

  /** Whichever came first counts: the news that another daemon is there, or a wish to stop. */
  private int lostTheRace(String sentence) {
    lifecycle.requestStop(new StopRequest(Cause.FAILED_START, sentence));
    return lifecycle.isFailedStart() ? failedStart(sentence, null) : ExitStatus.CLEAN;
  }

  private int failedStart(String sentence, @Nullable Throwable cause) {
    LOG.log(Level.ERROR, sentence, cause);
    Daemon.complain(sentence);
    lifecycle.requestStop(new StopRequest(Cause.FAILED_START, sentence));
    return ExitStatus.FAILED_START;
  }

  /**
   * Returns once somebody wants the daemon to go, or nobody has wanted anything for long enough, or
   * nobody can find it any more.
   */
  private void awaitStop() {
    Duration idleTimeout = settings.idleTimeout();
    Duration untilIdle = idleTimeout.isZero() ? budgets.filesCheck() : idleTimeout;
    while (!lifecycle.awaitStopRequest(shorter(untilIdle, budgets.filesCheck()))) {
      lostFile().ifPresent(this::filesLost);
      server.ifPresent(SocketServer::keepThreads);
      if (!idleTimeout.isZero()) {
        untilIdle = gate.shutIfIdle(idleTimeout);
        if (untilIdle.isZero()) {
          lifecycle.requestStop(
              new StopRequest(Cause.IDLE, "no request for " + GoDuration.format(idleTimeout)));
        }
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The file that is gone, or another's by now. */
  private Optional<Path> lostFile() {
    if (!lock.orElseThrow().holds()) {
      return Optional.of(home.lock());
    }
    return server.orElseThrow().holds() ? Optional.empty() : Optional.of(home.socket());
  }

  private void filesLost(Path file) {
    lifecycle.requestStop(
        new StopRequest(Cause.FILES_LOST, file + " was removed, moved or replaced"));
  }

  /** Loads the model that nobody asks for yet, unless a stop is asked for first. */
  private void preload() {
    // The first call is mostly one thread's work, and asks for what this finds.
    models.look();
    if (!lifecycle.awaitStopRequest(budgets.firstCall())) {
      models.preload();
      InferenceRpc.prepare();
    }
  }

  /** Undoes what was done, last things first; whatever fails, the rest is still undone. */
  private void stop(int status) {
    long started = System.nanoTime();
    lifecycle
        .stopRequest()
        .ifPresent(request -> LOG.log(Level.INFO, "stopping: {0}", request.toString()));
    lock.ifPresent(InstanceLock::announceEnd);
    if (lifecycle.state() == DaemonState.READY) {
      lifecycle.drain();
    }
    // Requests come as soon as there is a socket, a moment before the start is over.
    if (server.isPresent()) {
      standardServices.ifPresent(StandardServices::draining);
      int left = new Drain(gate, lifecycle, budgets.grace(), budgets.afterCancel()).run();
      if (left > 0) {
        LOG.log(Level.WARNING, "{0} requests were not answered in time", left);
      }
    }
    gate.shut();
    lifecycle.stop();
    List<String> failures = new ArrayList<>();
    server.ifPresent(open -> closing("the socket", open, failures));
    if (!models.closeWithin(budgets.loadEnd())) {
      LOG.log(Level.INFO, "a model is still being loaded; the process ends under it");
      removeFiles();
      PosixProcess.exitNow(status);
    }
    lock.ifPresent(
        held -> {
          loader.close();
          closing("the lock", held, failures);
        });
    lifecycle.stopped();
    failures.forEach(failure -> LOG.log(Level.WARNING, failure));
    log.ifPresent(LogFile::writeRepeats);
    LOG.log(
        Level.INFO, "stopped in {0} ms", Long.toString((System.nanoTime() - started) / 1_000_000));
    log.ifPresent(LogFile::close);
  }

  private static void closing(String what, AutoCloseable thing, List<String> failures) {
    try {
      thing.close();
    } catch (Exception e) {
      failures.add("closing " + what + " failed: " + e);
    }
  }

  /** The watchdog's: whatever hangs, this does not wait for it. */
  private void endNow() {
    int status = lifecycle.isFailedStart() ? ExitStatus.FAILED_START : ExitStatus.CLEAN;
    try {
      Thread lastWill =
          Thread.ofPlatform()
              .daemon()
              .name("last-will")
              .start(
                  () -> {
                    removeFiles();
                    LOG.log(Level.ERROR, "stopping took longer than {0}", budgets.stop());
                  });
      lastWill.join(budgets.lastWill());
    } catch (InterruptedException | OutOfMemoryError e) {
      // Then without it.
    }
    PosixProcess.exitNow(status);
  }

  /** Both files, as far as they are there and still this daemon's. */
  private void removeFiles() {
    List<String> failures = new ArrayList<>();
    server.ifPresent(open -> closing("the socket's file", open::removeFile, failures));
    lock.ifPresent(
        held -> {
          loader.close();
          closing("the lock's file", held::removeFile, failures);
        });
    failures.forEach(failure -> LOG.log(Level.WARNING, failure));
  }

  private long elapsedMillis() {
    return (System.nanoTime() - startedNanos) / 1_000_000;
  }
}
