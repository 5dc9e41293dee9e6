package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.socket.PosixProcess;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user's standard error. The launcher keeps it under another number, so that what the JVM has
 * to say of a signal before {@code main} reaches no terminal. Used by the main thread.
 */
final class StandardError {

  /** The system property with the descriptor; set by the launcher. */
  private static final String PROPERTY = "tsuku.stderr";

  private static boolean attached;

  private StandardError() {}

  /** Makes it the process' own again. */
  static void attach() {
    Integer kept = Integer.getInteger(PROPERTY);
    if (kept != null && !attached) {
      PosixProcess.useAsStandardError(kept);
    }
    attached = true;
  }

  /**
   * Prints one line; without {@link #attach}, which links a native call, if that can be. A file is
   * not opened once more where others write to it: what they write next would overwrite the line.
   */
  static void println(String line) {
    Integer kept = Integer.getInteger(PROPERTY);
    if (kept != null && !attached && isFileOfOthers(Path.of("/dev/fd/" + kept))) {
      attach();
    }
    if (kept != null && !attached) {
      try (PrintStream out =
          new PrintStream(
              new FileOutputStream("/dev/fd/" + kept, true), true, StandardCharsets.UTF_8)) {
        out.println(line);
        return;
      } catch (IOException e) {
        // A socket, for example, cannot be opened once more.
        attach();
      }
    }
    System.err.println(line);
  }

  /** A client that starts a daemon gives it a file that nobody else writes to. */
  private static boolean isFileOfOthers(Path descriptor) {
    return Files.isRegularFile(descriptor) && !"1".equals(System.getenv(Daemon.OWN_SESSION));
  }
}
