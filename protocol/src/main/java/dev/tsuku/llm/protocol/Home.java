package dev.tsuku.llm.protocol;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory that belongs to one daemon and its clients ({@code $TSUKU_HOME}, else {@code
 * ~/.tsuku}), and what lies where in it. Only says where; touches nothing.
 *
 * @param directory absolute; need not exist
 */
public record Home(Path directory) {

  /** The variable that names the directory. */
  public static final String VARIABLE = "TSUKU_HOME";

  private static final int LINUX_SOCKET_PATH_BYTES = 107;
  private static final int MACOS_SOCKET_PATH_BYTES = 103;

  public Home {
    directory = directory.toAbsolutePath().normalize();
  }

  /**
   * The home that an environment names.
   *
   * @param environment of the process; an empty variable counts as unset
   * @throws IllegalArgumentException if the value can be no path at all, with a sentence
   */
  public static Home of(Map<String, String> environment) {
    @Nullable String named = environment.get(VARIABLE);
    try {
      if (named != null && !named.isEmpty()) {
        return new Home(Path.of(named));
      }
      // As clients in other languages find it; Java's own idea of it is the password file's.
      String own = environment.getOrDefault("HOME", "");
      return new Home(Path.of(own.isEmpty() ? System.getProperty("user.home") : own, ".tsuku"));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "TSUKU_HOME is not a path: '" + named + "'. Set it to a directory.", e);
    }
  }

  public Path socket() {
    return directory.resolve("llm.sock");
  }

  public Path lock() {
    return directory.resolve("llm.sock.lock");
  }

  public Path models() {
    return directory.resolve("models");
  }

  public Path config() {
    return directory.resolve("config.toml");
  }

  /** There only while a daemon has a model in memory, and after it died with one. */
  public Path running() {
    return directory.resolve("llm.running");
  }

  /** The JVM's report of the last crash; the launcher names the same file. */
  public Path crashLog() {
    return directory.resolve("llm.crash.log");
  }

  /** That a GPU has ended a daemon, and how. */
  public Path graphicsFailure() {
    return directory.resolve("llm.gpu-failed");
  }

  /** Computed prefixes, kept for the next daemon. */
  public Path prefixes() {
    return cache().resolve("prefixes");
  }

  /** Tables of vocabularies, kept for the next daemon. */
  public Path tables() {
    return cache().resolve("tables");
  }

  /** What may be removed at any time. */
  public Path cache() {
    return directory.resolve("cache");
  }

  /** Copies of the program's jars, where the program's directory cannot be changed. */
  public Path classes() {
    return directory.resolve("cache").resolve("classes");
  }

  public Path log() {
    return directory.resolve("llm.log");
  }

  /**
   * Whether the socket's path fits into a socket address of this system.
   *
   * @throws IllegalArgumentException if not, with a sentence that says both systems' limits
   */
  public void requireSocketPathFits() {
    int bytes = socket().toString().getBytes(StandardCharsets.UTF_8).length;
    boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
    int limit = mac ? MACOS_SOCKET_PATH_BYTES : LINUX_SOCKET_PATH_BYTES;
    if (bytes > limit) {
      throw new IllegalArgumentException(
          "The socket's path "
              + socket()
              + " has "
              + bytes
              + " bytes; a Unix socket's may have "
              + LINUX_SOCKET_PATH_BYTES
              + " on Linux and "
              + MACOS_SOCKET_PATH_BYTES
              + " on macOS. Set TSUKU_HOME to a shorter directory.");
    }
  }
}
