package dev.tsuku.llm.bench;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.tables.TablesFolder;
import dev.tsuku.llm.daemon.tables.TablesKey;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import dev.tsuku.llm.llama.LlamaBackend;
import dev.tsuku.llm.llama.LlamaModel;
import dev.tsuku.llm.llama.LlamaSettings;
import dev.tsuku.llm.models.GgufHeader;
import dev.tsuku.llm.protocol.Home;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Gets the tables of a vocabulary once, as the first constrained answer of a daemon does: from disk
 * if they are there.
 */
final class TableTimes {

  private static final double NANOS_A_MILLI = 1e6;

  private final List<String> lines = new ArrayList<>();
  private long wallNanos;
  private long cpuNanos;

  private TableTimes() {}

  /** The times as lines of a name and milliseconds. */
  static List<String> measure(Path file, Path home) {
    LlamaBackend backend =
        LlamaBackend.open(
            new LlamaSettings(
                Path.of(System.getProperty("tsuku.app"), "llama"),
                Optional.empty(),
                Optional.empty()));
    GgufHeader header = GgufHeader.read(file);
    TableTimes times = new TableTimes();
    try (LlamaModel model = backend.loadVocabulary(file);
        TablesStore store =
            TablesFolder.open(
                CacheFolder.ofTables(new Home(home)),
                TablesFolder.LIMIT_BYTES,
                () -> TablesKey.of(header, backend.version()))) {
      times.start();
      Optional<VocabularyTables> kept = store.load(model.vocabulary().size());
      times.note("looked up");
      if (kept.isEmpty()) {
        times.make(model.vocabulary(), store);
      }
    }
    return times.lines;
  }

  private void make(Vocabulary vocabulary, TablesStore store) {
    start();
    byte[][] texts = vocabulary.textBytes();
    note("texts");
    start();
    VocabularyTables tables = new VocabularyTables(TextTokens.of(texts), List.of());
    note("tries");
    start();
    store.save(tables);
    store.close();
    note("written");
  }

  private void start() {
    wallNanos = System.nanoTime();
    cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void note(String what) {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuNanos;
    long wall = System.nanoTime() - wallNanos;
    lines.add(String.format(Locale.ROOT, "%s, ms %.2f", what, wall / NANOS_A_MILLI));
    lines.add(String.format(Locale.ROOT, "%s, thread's CPU ms %.2f", what, cpu / NANOS_A_MILLI));
  }
}
