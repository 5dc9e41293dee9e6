package dev.tsuku.llm.tests.process;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@code tsuku-llm serve} in the foreground of a test: stdout and stderr go to files, signals are
 * real. Closing it kills it if it is still there, so that a failing test leaves nothing behind.
 */
public final class RunningDaemon implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(30);

  private final Process process;
  private final Path home;
  private final Path out;
  private final Path err;

  private RunningDaemon(Process process, Path home, Path out, Path err) {
    this.process = process;
    this.home = home;
    this.out = out;
    this.err = err;
  }

  /** Starts a daemon and returns without waiting for it. */
  public static RunningDaemon start(TsukuCommand command, Path home, String... arguments) {
    try {
      Path out = Files.createTempFile("tsuku", ".out");
      Path err = Files.createTempFile("tsuku", ".err");
      Process process =
          command
              .builder(List.of(arguments))
              .redirectInput(new java.io.File("/dev/null"))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      return new RunningDaemon(process, home, out, err);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts a daemon and waits until its socket accepts. */
  public static RunningDaemon serve(TsukuCommand command, Path home, String... more) {
    String[] arguments = new String[more.length + 1];
    arguments[0] = "serve";
    System.arraycopy(more, 0, arguments, 1, more.length);
    RunningDaemon daemon = start(command, home, arguments);
    daemon.awaitListening();
    return daemon;
  }

  /** Waits until its socket accepts. */
  public void awaitListening() {
    long deadline = System.nanoTime() + START.toNanos();
    while (!accepts()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new AssertionError("the daemon does not listen; it said: " + err());
      }
      pause();
    }
  }

  private boolean accepts() {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(home.resolve("llm.sock")));
    } catch (IOException e) {
      return false;
    }
  }

  /** A short wait between two looks, by waiting for the process to end. */
  private void pause() {
    try {
      boolean ignored = process.waitFor(10, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Sends a signal by its name, such as {@code TERM}. */
  public void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("the daemon is not there to get SIG" + name);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Kills it, and waits for its end. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits for the end; returns the exit status. */
  public int awaitExit(Duration within) {
    try {
      if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the daemon is still there after " + within + "; log: " + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public String out() {
    return read(out);
  }

  public String err() {
    return read(err);
  }

  public String log() {
    return read(home.resolve("llm.log"));
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    kill();
    try {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
