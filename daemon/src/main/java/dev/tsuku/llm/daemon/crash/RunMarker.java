package dev.tsuku.llm.daemon.crash;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file that says which model is in memory, and whether anything is computed with it at the
 * moment. Belongs to the daemon that holds the lock; thread-safe.
 *
 * <p>It is an aid and never in the way: what cannot be read is removed, and what cannot be written
 * is told in the log and done without.
 */
public final class RunMarker implements AutoCloseable {

  private static final Logger LOG = System.getLogger(RunMarker.class.getName());

  /** First line of a file that can be read. */
  private static final String HEADER = "tsuku-llm run 2";

  private static final int LINES = 7;
  private static final int MAX_BYTES = 16 * 1024;

  /** What a daemon does with its model; all names have the same length in the file. */
  public enum Work {
    /** It loads it, or makes its context. */
    LOADING("load"),
    /** It waits for requests. */
    IDLE("idle"),
    /** It computes. */
    DECODING("work");

    private final String word;

    Work(String word) {
      this.word = word;
    }

    private static Work of(String word) {
      for (Work work : values()) {
        if (work.word.equals(word)) {
          return work;
        }
      }
      throw new IllegalArgumentException("it names no work");
    }
  }

  /**
   * A model in memory.
   *
   * @param model path of its file
   * @param contextTokens room of its context
   * @param deaths how many daemons have died with it for want of memory, as far as that can be
   *     told, since one has answered a request
   * @param pid of the daemon
   * @param memoryKills how many processes the kernel had ended for want of memory when this began;
   *     negative if it does not say
   * @param work what was done with it last
   */
  public record Run(
      Path model, int contextTokens, int deaths, long pid, long memoryKills, Work work) {

    Run withDeaths(int number) {
      return new Run(model, contextTokens, number, pid, memoryKills, work);
    }

    Run doing(Work other) {
      return new Run(model, contextTokens, deaths, pid, memoryKills, other);
    }
  }

  /**
   * What a file says.
   *
   * @param written when it was written last
   */
  record Found(Run run, Instant written) {}

  private final Path file;

  @GuardedBy("this")
  private @Nullable Run current;

  @GuardedBy("this")
  private @Nullable FileChannel channel;

  @GuardedBy("this")
  private int requests;

  public RunMarker(Path file) {
    this.file = file;
  }

  /** What the last daemon had in memory when it died; empty if it did not, or cannot be told. */
  Optional<Found> read() {
    try {
      return look();
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(Level.INFO, "{0} is ignored and removed: {1}", file, e.getMessage());
      delete(file);
      return Optional.empty();
    }
  }

  /** The same, for those whose file it is not. */
  Optional<Found> peek() {
    try {
      return look();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<Found> look() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_BYTES) {
      throw new IOException("it is none of ours");
    }
    Instant written = Files.getLastModifiedTime(file).toInstant();
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    if (lines.size() != LINES || !lines.getFirst().equals(HEADER)) {
      throw new IOException("it is damaged");
    }
    return Optional.of(
        new Found(
            new Run(
                Path.of(lines.get(1)),
                Integer.parseInt(lines.get(2)),
                Integer.parseInt(lines.get(3)),
                Long.parseLong(lines.get(4)),
                Long.parseLong(lines.get(5)),
                Work.of(lines.get(6))),
            written));
  }

  /** Says that this model is in memory from now on, and no other. */
  public synchronized void write(Run run) {
    close();
    Path half = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(half);
      channel =
          FileChannel.open(
              half,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      current = run;
      rewrite();
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      failed(e);
      delete(half);
    }
  }

  /** Says that the model is loaded. */
  public synchronized void loaded() {
    change(requests > 0 ? Work.DECODING : Work.IDLE);
  }

  /** Says that a request has begun to be computed. */
  public synchronized void requestBegins() {
    if (requests++ == 0) {
      change(Work.DECODING);
    }
  }

  /** Says that one is not computed any more. */
  public synchronized void requestEnds() {
    if (--requests == 0) {
      change(Work.IDLE);
    }
  }

  /** Says that one was answered: with this context, the memory is enough. */
  public synchronized void requestAnswered() {
    Run run = current;
    if (run != null && run.deaths() > 0) {
      current = run.withDeaths(0);
      rewriteIfOpen();
    }
  }

  @GuardedBy("this")
  private void change(Work work) {
    Run run = current;
    if (run != null && run.work() != work) {
      current = run.doing(work);
      rewriteIfOpen();
    }
  }

  @GuardedBy("this")
  private void rewriteIfOpen() {
    try {
      rewrite();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** In place, because this happens with each request: no reader of it is alive meanwhile. */
  @GuardedBy("this")
  private void rewrite() throws IOException {
    Run run = current;
    FileChannel open = channel;
    if (run == null || open == null) {
      return;
    }
    ByteBuffer bytes =
        StandardCharsets.UTF_8.encode(
            String.join(
                "\n",
                HEADER,
                run.model().toString(),
                Integer.toString(run.contextTokens()),
                Integer.toString(run.deaths()),
                Long.toString(run.pid()),
                Long.toString(run.memoryKills()),
                run.work().word + "\n"));
    int size = bytes.remaining();
    while (bytes.hasRemaining()) {
      int ignored = open.write(bytes, bytes.position());
    }
    if (open.size() > size) {
      var _ = open.truncate(size);
    }
  }

  @GuardedBy("this")
  private void failed(IOException e) {
    LOG.log(Level.WARNING, "{0} cannot be written: {1}", file, e.toString());
    close();
  }

  /**
   * Says that no model is in memory. Leaves alone what another daemon has written: the home may be
   * another's by now. Idempotent.
   *
   * @param pid of this daemon
   */
  public synchronized void remove(long pid) {
    close();
    if (read().filter(found -> found.run().pid() == pid).isPresent()) {
      delete(file);
    }
  }

  /** Changes the file no more. */
  @Override
  public synchronized void close() {
    FileChannel open = channel;
    channel = null;
    current = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // What was written is written.
      }
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
