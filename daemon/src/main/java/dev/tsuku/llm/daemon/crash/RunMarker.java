package dev.tsuku.llm.daemon.crash;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * The file that says which model is in memory. Used by one thread at a time, of the daemon that
 * holds the lock.
 *
 * <p>It is an aid and never in the way: what cannot be read is removed, and what cannot be written
 * is told in the log and done without.
 */
public final class RunMarker {

  private static final Logger LOG = System.getLogger(RunMarker.class.getName());

  /** First line of a file that can be read. */
  private static final String HEADER = "tsuku-llm run 1";

  private static final int LINES = 5;
  private static final int MAX_BYTES = 16 * 1024;

  /**
   * A model in memory.
   *
   * @param model path of its file
   * @param contextTokens room of its context
   * @param deaths how many daemons have died with it, one after the other, before this one
   * @param pid of the daemon
   */
  public record Run(Path model, int contextTokens, int deaths, long pid) {

    /** The same, of a daemon that has died with it as well. */
    public Run died() {
      return new Run(model, contextTokens, deaths + 1, pid);
    }
  }

  private final Path file;

  public RunMarker(Path file) {
    this.file = file;
  }

  /** What the last daemon had in memory when it died; empty if it did not, or cannot be told. */
  public Optional<Run> read() {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_BYTES) {
        throw new IOException("it is none of ours");
      }
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.size() != LINES || !lines.getFirst().equals(HEADER)) {
        throw new IOException("it is damaged");
      }
      return Optional.of(
          new Run(
              Path.of(lines.get(1)),
              Integer.parseInt(lines.get(2)),
              Integer.parseInt(lines.get(3)),
              Long.parseLong(lines.get(4))));
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(Level.INFO, "{0} is ignored and removed: {1}", file, e.getMessage());
      delete(file);
      return Optional.empty();
    }
  }

  /** Says that this model is in memory from now on, and no other. */
  public void write(Run run) {
    Path half = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(half);
      Files.createFile(
          half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(
          half,
          List.of(
              HEADER,
              run.model().toString(),
              Integer.toString(run.contextTokens()),
              Integer.toString(run.deaths()),
              Long.toString(run.pid())),
          StandardCharsets.UTF_8,
          StandardOpenOption.WRITE);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be written: {1}", file, e.toString());
      delete(half);
    }
  }

  /**
   * Says that no model is in memory. Leaves alone what another daemon has written: the home may be
   * another's by now. Idempotent.
   *
   * @param pid of this daemon
   */
  public void remove(long pid) {
    if (read().filter(run -> run.pid() == pid).isPresent()) {
      delete(file);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be removed: {1}", path, e.toString());
    }
  }
}
