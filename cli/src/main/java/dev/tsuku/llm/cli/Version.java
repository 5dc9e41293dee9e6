package dev.tsuku.llm.cli;

import picocli.CommandLine.IVersionProvider;

/** The line that {@code --version} prints. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {"tsuku-llm " + dev.tsuku.llm.protocol.Version.current()};
  }
}
