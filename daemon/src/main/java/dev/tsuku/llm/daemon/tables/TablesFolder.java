package dev.tsuku.llm.daemon.tables;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.cache.CacheFolder.Entry;
import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tables of vocabularies in a folder, a file each, at most so many bytes of them: those that have
 * been of no use for longest go first. One object for each loaded model. Other processes may read
 * and write in the folder at the same time.
 */
public final class TablesFolder implements TablesStore {

  /** How many bytes of tables are kept: about ten of them. */
  public static final long LIMIT_BYTES = 128L << 20;

  /** Room on the disk that is left to others. */
  private static final long RESERVE_BYTES = 1L << 30;

  /** A write takes less than a second; what is older has been left by a process that was killed. */
  private static final Duration HALF_WRITTEN = Duration.ofMinutes(1);

  /** An idle daemon has to be gone within half a second. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private static final Logger LOG = System.getLogger(TablesFolder.class.getName());

  private final CacheFolder folder;
  private final long limitBytes;
  private final KeySource source;

  /** Of the vocabulary, while there are tables to be made for it. */
  private Optional<TablesKey> key = Optional.empty();

  /** Set by a worker, and read by the decode thread when all workers have ended. */
  private volatile @Nullable Thread writer;

  /** Finds what stands for a vocabulary, when it is needed. */
  @FunctionalInterface
  public interface KeySource {

    /**
     * What the tables depend on.
     *
     * @return empty if that has changed since the model was loaded
     */
    Optional<TablesKey> key() throws IOException;
  }

  private TablesFolder(CacheFolder folder, long limitBytes, KeySource source) {
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.source = source;
  }

  /**
   * Opens a folder, which is made when it is needed. If it may not be used, that is logged, and
   * nothing is kept.
   */
  public static TablesStore open(CacheFolder folder, long limitBytes, KeySource source) {
    Optional<String> objection = folder.objection();
    if (objection.isPresent()) {
      LOG.log(Level.WARNING, "no tables of vocabularies are kept: {0}", objection.get());
      return TablesStore.NONE;
    }
    return new TablesFolder(folder, limitBytes, source);
  }

  @Override
  public Optional<VocabularyTables> load(int size) {
    try {
      key = source.key();
      if (key.isEmpty() || folder.objection().isPresent()) {
        return Optional.empty();
      }
      Optional<VocabularyTables> found = load(file(key.get()), key.get(), size);
      if (found.isPresent()) {
        // Some MiB that nobody needs any more.
        key = Optional.empty();
      }
      return found;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      LOG.log(Level.INFO, "tables of the vocabulary cannot be looked up: {0}", e.toString());
      return Optional.empty();
    }
  }

  private static Optional<VocabularyTables> load(Path file, TablesKey key, int size)
      throws IOException {
    try {
      VocabularyTables tables = TablesFile.read(file, key);
      if (tables.texts().size() != size) {
        throw new IOException(
            "it has %d tokens, and the vocabulary %d".formatted(tables.texts().size(), size));
      }
      touch(file);
      return Optional.of(tables);
    } catch (NoSuchFileException | ClosedByInterruptException e) {
      // There is none yet, or the model is being unloaded.
    } catch (FileSystemException e) {
      // It may be as good as ever, and cannot be opened now.
      LOG.log(Level.INFO, "tables of the vocabulary cannot be read: {0}", e.toString());
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} is removed: {1}", file, e.getMessage());
      Files.deleteIfExists(file);
    }
    return Optional.empty();
  }

  /** Notes that a file was of use. */
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // Another process has removed it; what was read is as good.
    }
  }

  private Path file(TablesKey key) {
    return folder.directory().resolve(key.name() + folder.suffix());
  }

  @Override
  public void save(VocabularyTables tables) {
    if (key.isEmpty()) {
      return;
    }
    TablesKey own = key.get();
    key = Optional.empty();
    Thread thread = Thread.ofPlatform().name("tables").daemon().unstarted(() -> write(tables, own));
    try {
      thread.start();
      writer = thread;
    } catch (OutOfMemoryError e) {
      // There can be no more threads; the next daemon makes them again.
      LOG.log(Level.INFO, "tables of the vocabulary are not kept: {0}", e.getMessage());
    }
  }

  private void write(VocabularyTables tables, TablesKey own) {
    try {
      folder.make();
      folder.restrict();
      removeHalves();
      long room = Files.getFileStore(folder.directory()).getUsableSpace();
      if (room < RESERVE_BYTES) {
        LOG.log(
            Level.INFO,
            "tables of the vocabulary are not kept: the disk has only {0} MiB left",
            Long.toString(room >> 20));
        return;
      }
      TablesFile.write(file(own), own, tables);
      shrink();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      LOG.log(Level.INFO, "tables of the vocabulary are not kept: {0}", e.toString());
    }
  }

  private void removeHalves() throws IOException {
    Instant old = Instant.now().minus(HALF_WRITTEN);
    for (Path file : folder.files()) {
      if (file.toString().endsWith(TablesFile.HALF) && lastChange(file).isBefore(old)) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Of a file that is gone, any time. */
  private static Instant lastChange(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.MAX;
    }
  }

  private void shrink() throws IOException {
    List<Entry> newestFirst =
        folder.entries().stream()
            .sorted(Comparator.comparingLong(Entry::usedMillis).reversed())
            .toList();
    long bytes = 0;
    for (Entry entry : newestFirst) {
      bytes += entry.bytes();
      if (bytes > limitBytes) {
        Files.deleteIfExists(entry.file());
      }
    }
  }

  @Override
  public void close() {
    Thread thread = writer;
    if (thread == null) {
      return;
    }
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
