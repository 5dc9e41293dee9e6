package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.cache.CacheFolder.Contents;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tsuku-llm cache}: what is kept of computed prompts and of vocabularies. */
@Command(
    name = "cache",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Shows or empties what is kept on disk of prompts and vocabularies.",
    description =
        "%nIt spares a new daemon the work. Blocks of computed prompts hold the prompts in a form"
            + " that can be turned back into text; tables of vocabularies hold nothing of them."
            + " cache_mib in config.toml says how much is kept of prompts; 0 keeps nothing at all.",
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
    CacheFolder prefixes = CacheFolder.ofPrefixes(home);
    CacheFolder tables = CacheFolder.ofTables(home);
    // Neither is touched where one of them may not be.
    requireOwn(prefixes);
    requireOwn(tables);
    Contents blocks = contents(prefixes);
    Contents vocabularies = contents(tables);
    if (json) {
      terminal.out().println(asJson(prefixes, blocks, tables, vocabularies));
    } else {
      terminal.out().println(asText("blocks", prefixes, blocks));
      terminal.out().println(asText("tables", tables, vocabularies));
    }
    terminal.flush();
    return 0;
  }

  private static void requireOwn(CacheFolder folder) {
    folder
        .objection()
        .ifPresent(
            sentence -> {
              throw new Failure(sentence + ". Remove it, or set TSUKU_HOME to another directory.");
            });
  }

  private Contents contents(CacheFolder folder) {
    try {
      return clear ? folder.clear() : folder.contents();
    } catch (IOException e) {
      throw new Failure(
          folder.directory()
              + " cannot be "
              + (clear ? "emptied: " : "read: ")
              + e.getMessage()
              + ". See who owns it.",
          e);
    }
  }

  private String asText(String what, CacheFolder folder, Contents contents) {
    return String.format(
        Locale.ROOT,
        "%s%,d %s, %,.1f MiB in %s",
        clear ? "removed " : "",
        contents.files(),
        what,
        contents.bytes() / MEBIBYTE,
        folder.directory());
  }

  private String asJson(
      CacheFolder prefixes, Contents blocks, CacheFolder tables, Contents vocabularies) {
    return Json.object(
        object -> {
          object.writeStringProperty("directory", prefixes.directory().toString());
          object.writeBooleanProperty("cleared", clear);
          object.writeNumberProperty("blocks", blocks.files());
          object.writeNumberProperty("bytes", blocks.bytes());
          object.writeObjectPropertyStart("tables");
          object.writeStringProperty("directory", tables.directory().toString());
          object.writeNumberProperty("files", vocabularies.files());
          object.writeNumberProperty("bytes", vocabularies.bytes());
          object.writeEndObject();
        });
  }
}
