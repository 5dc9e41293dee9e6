package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One attempt to start a daemon. Many clients may make theirs at once: the lock lets one daemon
 * live, the others say "already running" and exit, and every client uses the one that listens.
 *
 * <p>What the process says before it listens is kept: the reason of a failure becomes the
 * exception's message, warnings are passed on to this process' standard error. Owned and closed by
 * the thread that starts; the process itself outlives this object.
 */
final class DaemonStart implements AutoCloseable {

  /**
   * Twice what a daemon is allowed on its own: when many clients start at once, their processes
   * share the machine.
   */
  private static final Duration ACCEPTS_WITHIN = Duration.ofSeconds(20);

  /** How long the daemon that won gets before the question is asked once more. */
  private static final Duration WINNER_LISTENS_WITHIN = Duration.ofSeconds(2);

  /** What a daemon ends with whose settings make no sense. */
  private static final int BAD_SETTINGS = 2;

  private static final String LOST = "already running";
  private static final String PREFIX = "tsuku-llm: ";
  private static final String WARNING = PREFIX + "warning: ";

  private final DaemonSocket socket;
  private final Process process;
  private final InputStream words;

  private DaemonStart(DaemonSocket socket, Process process, InputStream words) {
    this.socket = socket;
    this.process = process;
    this.words = words;
  }

  /**
   * Starts a daemon and returns when one, this or another, accepts connections.
   *
   * @throws ClientException of kind {@code NOT_STARTED}, with the daemon's own reason where it gave
   *     one
   */
  static void run(DaemonSocket socket, DaemonLauncher launcher) {
    Patience patience = new Patience(ACCEPTS_WITHIN, socket.cancelled());
    boolean listening = false;
    while (!listening) {
      try (DaemonStart start = launch(socket, launcher)) {
        listening = start.succeeds(patience);
      }
    }
  }

  private static DaemonStart launch(DaemonSocket socket, DaemonLauncher launcher) {
    try {
      Path file = Files.createTempFile("tsuku-llm-start", ".txt");
      try {
        InputStream words = Files.newInputStream(file);
        try {
          return new DaemonStart(socket, launcher.launch(socket.home(), file), words);
        } catch (IOException e) {
          words.close();
          throw e;
        }
      } finally {
        // Both sides have it open; this way nothing is left behind however either ends.
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new ClientException(
          Kind.NOT_STARTED,
          "The daemon could not be started with '"
              + String.join(" ", launcher.command())
              + " serve': "
              + e.getMessage(),
          e);
    }
  }

  /** Whether somebody listens; false when the lock was lost to one who did not listen either. */
  private boolean succeeds(Patience patience) {
    while (!socket.accepts()) {
      if (!process.isAlive()) {
        return lost() && winnerListens();
      }
      if (!patience.pause()) {
        process.destroy();
        throw new ClientException(
            Kind.NOT_STARTED,
            "The daemon was started, but did not accept a connection at "
                + socket.home().socket()
                + " within "
                + ACCEPTS_WITHIN.toSeconds()
                + " s. Its log is "
                + socket.home().log()
                + ".");
      }
    }
    passOnWarnings();
    return true;
  }

  /**
   * @return true when another daemon holds the lock
   * @throws ClientException when this one failed for a reason of its own
   */
  private boolean lost() {
    List<String> lines = lines();
    if (lines.stream().anyMatch(line -> line.contains(LOST)) || socket.accepts()) {
      return true;
    }
    String reason = reason(lines);
    ClientException failure =
        new ClientException(
            Kind.NOT_STARTED,
            reason.isEmpty()
                ? "The daemon ended with status "
                    + process.exitValue()
                    + " while it was starting. Its log is "
                    + socket.home().log()
                    + "."
                : reason);
    throw process.exitValue() == BAD_SETTINGS ? failure.ofSettings() : failure;
  }

  private boolean winnerListens() {
    return new Patience(WINNER_LISTENS_WITHIN, socket.cancelled()).until(socket::accepts);
  }

  private void passOnWarnings() {
    for (String line : lines()) {
      if (!line.contains(LOST)) {
        System.err.println(line);
      }
    }
  }

  private List<String> lines() {
    try {
      return new String(words.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the daemon itself says, in one line; else the last that anybody said; else nothing. */
  private static String reason(List<String> lines) {
    String said =
        lines.stream()
            .filter(line -> line.startsWith(PREFIX) && !line.startsWith(WARNING))
            .map(line -> line.substring(PREFIX.length()))
            .collect(Collectors.joining(" "));
    return said.isEmpty() && !lines.isEmpty() ? lines.getLast() : said;
  }

  @Override
  public void close() {
    try {
      words.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
