package dev.tsuku.llm.cli;

import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** The line that {@code --version} prints. */
final class Version implements IVersionProvider {

  private static final List<String> OPTIONS = List.of("--version", "-V");

  /**
   * Whether the command line is nothing but the question for the version. Scripts ask it before
   * every use, and the command-line library takes longer than all the rest of the answer.
   */
  static boolean isAskedForAlone(String... args) {
    return args.length == 1 && OPTIONS.contains(args[0]);
  }

  static String line() {
    return "tsuku-llm " + dev.tsuku.llm.protocol.Version.current();
  }

  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }
}
