package dev.tsuku.llm.daemon.crash;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * That llama.cpp ended a daemon because a GPU, or its driver, failed: reason enough to compute with
 * the processor from then on, until something has changed.
 *
 * @param backend that failed, such as {@code cuda}
 * @param driver what is known of the driver and of the libraries, in one line
 * @param cause in llama.cpp's words, in one line
 */
public record GraphicsFailure(String backend, String driver, String cause) {

  private static final Logger LOG = System.getLogger(GraphicsFailure.class.getName());

  private static final String HEADER = "tsuku-llm graphics failure 1";
  private static final int MAX_BYTES = 16 * 1024;

  /** Drivers other than NVIDIA's do not tell their version: after so long, it is tried again. */
  private static final Duration HOLDS = Duration.ofDays(7);

  private static final Path NVIDIA = Path.of("/proc/driver/nvidia/version");

  /** A place in the source of a backend for GPUs. */
  private static final Pattern PLACE =
      Pattern.compile("(ggml-(cuda|vulkan|metal)\\S*|\\S+\\.cuh?):\\d+");

  /** Words of llama.cpp and of drivers where memory is short, for which less context helps. */
  private static final List<String> OF_MEMORY =
      List.of("out of memory", "outofdevicememory", "outofhostmemory", "allocat");

  /**
   * Whether a GPU or its driver is to blame: neither an assertion elsewhere in llama.cpp nor a lack
   * of memory.
   */
  public static boolean isOfGraphics(String cause) {
    Matcher place = PLACE.matcher(cause);
    String words = place.replaceAll("").toLowerCase(Locale.ROOT);
    return place.reset().find() && OF_MEMORY.stream().noneMatch(words::contains);
  }

  /**
   * One of now.
   *
   * @param libraries where llama.cpp is
   */
  public static GraphicsFailure of(String backend, Path libraries, String cause) {
    return new GraphicsFailure(backend, driver(libraries), cause);
  }

  /** What is known of the driver now, with where the libraries are and when they were put there. */
  private static String driver(Path libraries) {
    String version = "";
    String since = "";
    try {
      since = Files.exists(libraries) ? Files.getLastModifiedTime(libraries).toString() : "";
      version = Files.isReadable(NVIDIA) ? Files.readAllLines(NVIDIA).getFirst() : "";
    } catch (IOException | RuntimeException e) {
      // Then it is not known.
    }
    return oneLine(libraries + " " + since + " " + version);
  }

  /**
   * The failure in a file; empty if there is none, or something has changed since.
   *
   * @param libraries where llama.cpp is now
   */
  public static Optional<GraphicsFailure> read(Path file, Path libraries) {
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      Instant written = Files.getLastModifiedTime(file).toInstant();
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.size() != 4
          || !lines.getFirst().equals(HEADER)
          || !lines.get(2).equals(driver(libraries))
          || Duration.between(written, Instant.now()).compareTo(HOLDS) > 0) {
        return Optional.empty();
      }
      return Optional.of(new GraphicsFailure(lines.get(1), lines.get(2), lines.get(3)));
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} is ignored: {1}", file, e.toString());
      return Optional.empty();
    }
  }

  /** Writes it down; if that is not possible, the log says so. */
  public void write(Path file) {
    Path half = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(half);
      Files.createFile(
          half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          half,
          String.join("\n", HEADER, oneLine(backend), oneLine(driver), oneLine(cause)) + "\n");
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be written: {1}", file, e.toString());
      forget(half);
    }
  }

  /** Forgets what the file says: it has been tried again, and works. */
  public static void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be removed: {1}", file, e.toString());
    }
  }

  /** What the user should know, and can do. */
  public String sentence() {
    return "The processor computes, because llama.cpp for "
        + backend
        + " ended an earlier daemon: "
        + cause
        + ". Update the driver, or set TSUKU_LLM_BACKEND: "
        + backend
        + " tries it again, cpu ends this note.";
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }
}
