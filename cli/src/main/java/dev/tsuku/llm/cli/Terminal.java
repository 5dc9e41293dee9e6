package dev.tsuku.llm.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The process as a command sees it.
 *
 * @param in where a prompt may be read from
 * @param out where the answer goes, and nothing else
 * @param err where people are told what happened
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {

  private static final String PREFIX = "tsuku-llm: ";

  /** This process' own; UTF-8 whatever the locale says. */
  static Terminal ofProcess() {
    return new Terminal(
        System.in,
        utf8(FileDescriptor.out, false),
        utf8(FileDescriptor.err, true),
        System.getenv());
  }

  private static PrintStream utf8(FileDescriptor descriptor, boolean flush) {
    return new PrintStream(new FileOutputStream(descriptor), flush, StandardCharsets.UTF_8);
  }

  /** Tells the user a sentence on standard error. */
  void tell(String sentence) {
    err.println(PREFIX + sentence);
  }

  /**
   * Pushes out what has been printed.
   *
   * @throws Failure if it could not be written, as on a full disk
   */
  void flush() {
    if (out.checkError()) {
      throw new Failure("The output could not be written. Is the disk full, or the reader gone?");
    }
  }

  boolean isDebugging() {
    return "1".equals(environment.get("TSUKU_LLM_DEBUG"));
  }
}
