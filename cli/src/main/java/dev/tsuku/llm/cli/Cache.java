package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.prefixes.CacheFolder;
import dev.tsuku.llm.daemon.prefixes.CacheFolder.Contents;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tsuku-llm cache}: what is kept of computed prompts. */
@Command(
    name = "cache",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Shows or empties what is kept on disk of prompts that were computed.",
    description =
        "%nIt spares a new daemon the work, and holds the prompts in a form that can be turned back"
            + " into text. cache_mib in config.toml says how much is kept; 0 keeps nothing.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n")
final class Cache implements Callable<Integer> {

  private static final double MEBIBYTE = 1 << 20;

  private final Terminal terminal;

  @Option(
      names = "--clear",
      description =
          "Remove all of it. A running daemon writes down again what it still holds: stop it first.")
  private boolean clear;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  Cache(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Home home = Session.home(terminal);
    CacheFolder folder = new CacheFolder(home.cache(), home.prefixes());
    Contents contents;
    folder
        .objection()
        .ifPresent(
            sentence -> {
              throw new Failure(sentence + ". Remove it, or set TSUKU_HOME to another directory.");
            });
    try {
      contents = clear ? folder.clear() : folder.contents();
    } catch (IOException e) {
      throw new Failure(
          folder.directory()
              + " cannot be "
              + (clear ? "emptied: " : "read: ")
              + e.getMessage()
              + ". See who owns it.",
          e);
    }
    terminal.out().println(json ? asJson(folder, contents) : asText(folder, contents));
    terminal.flush();
    return 0;
  }

  private String asText(CacheFolder folder, Contents contents) {
    return String.format(
        Locale.ROOT,
        "%s%,d blocks, %,.1f MiB in %s",
        clear ? "removed " : "",
        contents.blocks(),
        contents.bytes() / MEBIBYTE,
        folder.directory());
  }

  private String asJson(CacheFolder folder, Contents contents) {
    return Json.object(
        object -> {
          object.writeStringProperty("directory", folder.directory().toString());
          object.writeBooleanProperty("cleared", clear);
          object.writeNumberProperty("blocks", contents.blocks());
          object.writeNumberProperty("bytes", contents.bytes());
        });
  }
}
