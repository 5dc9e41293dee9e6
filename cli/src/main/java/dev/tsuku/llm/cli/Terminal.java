package dev.tsuku.llm.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The process as a command sees it.
 *
 * @param in where a prompt may be read from
 * @param out where the answer goes, and nothing else
 * @param hasReader whether {@code out} goes to another process, which may have had enough of it
 * @param err where people are told what happened
 * @param isWatched whether {@code err} is a terminal, where a line may be taken back
 */
record Terminal(
    InputStream in,
    PrintStream out,
    BooleanSupplier hasReader,
    PrintStream err,
    boolean isWatched,
    Map<String, String> environment) {

  /** Set by the launcher script, which can see it. */
  private static final String WATCHED = "tsuku.watched";

  /** Set by the launcher script as well: Java cannot tell. */
  private static final String CLOSED_INPUT = "tsuku.input";

  // As stat(2) has them, the same on all systems.
  private static final int FILE_TYPE = 0170000;
  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private static final String PREFIX = "tsuku-llm: ";

  /** This process' own; UTF-8 whatever the locale says. */
  static Terminal ofProcess() {
    return new Terminal(
        System.getProperty(CLOSED_INPUT) == null ? System.in : closedInput(),
        utf8(FileDescriptor.out, false),
        Terminal::isPiped,
        utf8(FileDescriptor.err, true),
        Boolean.getBoolean(WATCHED),
        System.getenv());
  }

  private static InputStream closedInput() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("it is closed");
      }

      @Override
      public int read(byte[] into, int from, int length) throws IOException {
        return read();
      }
    };
  }

  private static PrintStream utf8(FileDescriptor descriptor, boolean flush) {
    return new PrintStream(new FileOutputStream(descriptor), flush, StandardCharsets.UTF_8);
  }

  private static boolean isPiped() {
    try {
      int type = (int) Files.getAttribute(Path.of("/dev/fd/1"), "unix:mode") & FILE_TYPE;
      return type == PIPE || type == SOCKET;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** Tells the user a sentence on standard error. */
  void tell(String sentence) {
    err.println(PREFIX + sentence);
  }

  /**
   * Pushes out what has been printed.
   *
   * @throws ReaderGone if nobody takes it any more, as after {@code head} has had enough
   * @throws Failure if it could not be written for another reason, such as a full disk
   */
  void flush() {
    if (out.checkError()) {
      // Not told apart by the system's message, which is in the user's language.
      if (hasReader.getAsBoolean()) {
        throw new ReaderGone();
      }
      throw new Failure("The output could not be written. Is the disk full?");
    }
  }

  boolean isDebugging() {
    return "1".equals(environment.get("TSUKU_LLM_DEBUG"));
  }
}
