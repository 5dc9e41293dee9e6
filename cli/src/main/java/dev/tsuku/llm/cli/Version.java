package dev.tsuku.llm.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The version as the build wrote it into the jar; outside of a jar, as the build tells tests. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {"tsuku-llm " + number()};
  }

  private static String number() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .or(() -> Optional.ofNullable(System.getProperty("tsuku.version")))
        .orElse("(not built)");
  }
}
