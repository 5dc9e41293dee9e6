package dev.tsuku.llm.daemon.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.socket.PosixProcess;
import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TablesFolderTest {

  /** Not for the thousands of lines on damaged files. */
  private static final Logger LOG = Logger.getLogger(TablesFolder.class.getName());

  private static final TablesKey KEY = key("tokenizer");
  private static final VocabularyTables SOME = tables("", "a", "ab", "a\"", "\n");

  @TempDir private Path directory;
  private CacheFolder folder = CacheFolder.ofTables(new Home(Path.of("")));

  @BeforeEach
  void newFolder() {
    LOG.setLevel(Level.WARNING);
    folder = CacheFolder.ofTables(new Home(directory.resolve("h")));
  }

  private static TablesKey key(String tokenizer) {
    return new TablesKey("v1", tokenizer.getBytes(StandardCharsets.UTF_8));
  }

  private static VocabularyTables tables(String... texts) {
    byte[][] bytes =
        Arrays.stream(texts)
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new);
    return new VocabularyTables(TextTokens.of(bytes), List.of(1));
  }

  private TablesStore open(TablesKey key) {
    return TablesFolder.open(folder, 1 << 20, () -> Optional.of(key));
  }

  /** What an engine does that finds none. */
  private void make(TablesKey key, VocabularyTables tables) {
    try (TablesStore store = open(key)) {
      assertThat(store.load(SOME.texts().size())).isEmpty();
      store.save(tables);
    }
    awaitWriters();
  }

  /** Closing does not wait for long. */
  private static void awaitWriters() {
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("tables"))
        .forEach(
            thread -> {
              try {
                thread.join();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
  }

  private Optional<VocabularyTables> load(TablesKey key) {
    return load(key, SOME);
  }

  /** The tables of a vocabulary of as many tokens as others are of. */
  private Optional<VocabularyTables> load(TablesKey key, VocabularyTables others) {
    try (TablesStore store = open(key)) {
      return store.load(others.texts().size());
    }
  }

  private Path file(TablesKey key) {
    return folder.directory().resolve(key.name() + ".tables");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.directory())) {
      return files.toList();
    }
  }

  private static void assertSame(Optional<VocabularyTables> found, String... texts) {
    assertThat(found).isPresent();
    assertThat(found.get().ends()).containsExactly(1);
    assertThat(found.get().texts().size()).isEqualTo(texts.length);
    for (int i = 0; i < texts.length; i++) {
      assertThat(found.get().texts().bytes(i)).asString().isEqualTo(texts[i]);
    }
  }

  @Test
  void what_one_has_made_another_reads() throws IOException {
    make(KEY, SOME);
    assertSame(load(KEY), "", "a", "ab", "a\"", "\n");
    assertThat(files()).containsExactly(file(KEY));
  }

  @Test
  void nobody_else_may_see_it() throws IOException {
    make(KEY, SOME);
    for (Path path : List.of(folder.top(), folder.directory())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rwx------");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(KEY))))
        .isEqualTo("rw-------");
  }

  @Test
  void another_tokenizer_or_llama_has_tables_of_its_own() {
    make(KEY, SOME);
    make(key("other"), tables("x"));
    make(new TablesKey("v2", "tokenizer".getBytes(StandardCharsets.UTF_8)), tables("y"));
    assertSame(load(KEY), "", "a", "ab", "a\"", "\n");
    assertThat(load(key("other"), tables("x")).orElseThrow().texts().size()).isEqualTo(1);
  }

  @Test
  void a_file_under_the_name_of_another_vocabulary_is_removed() throws IOException {
    make(KEY, SOME);
    Files.move(file(KEY), file(key("other")));
    assertThat(load(key("other"))).isEmpty();
    assertThat(files()).isEmpty();
  }

  @Test
  void every_damaged_byte_costs_the_file_and_no_more() throws IOException {
    make(KEY, SOME);
    byte[] written = Files.readAllBytes(file(KEY));
    for (int i = 0; i < written.length; i++) {
      byte[] damaged = written.clone();
      damaged[i] ^= (byte) (1 << i % Byte.SIZE);
      Files.write(file(KEY), damaged);
      assertThat(load(KEY)).as("byte %d", i).isEmpty();
      assertThat(file(KEY)).as("byte %d", i).doesNotExist();
    }
    make(KEY, SOME);
    assertThat(Files.readAllBytes(file(KEY))).isEqualTo(written);
  }

  @Test
  void every_cut_costs_the_file_and_no_more() throws IOException {
    make(KEY, SOME);
    byte[] written = Files.readAllBytes(file(KEY));
    for (int length = 0; length < written.length; length++) {
      Files.write(file(KEY), Arrays.copyOf(written, length));
      assertThat(load(KEY)).as("%d bytes", length).isEmpty();
      assertThat(file(KEY)).as("%d bytes", length).doesNotExist();
    }
  }

  @Test
  void whoever_reads_while_others_write_sees_whole_tables() throws Exception {
    String[] texts = Stream.iterate("", text -> text + "a").limit(300).toArray(String[]::new);
    VocabularyTables tables = tables(texts);
    make(KEY, tables);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int writer = 0; writer < 2; writer++) {
      tasks.add(
          () -> {
            for (int i = 0; i < 40; i++) {
              TablesFile.write(file(KEY), KEY, tables);
            }
            return true;
          });
      tasks.add(
          () -> {
            for (int i = 0; i < 40; i++) {
              if (load(KEY, tables).isEmpty()) {
                return false;
              }
            }
            return true;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<Boolean> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isTrue();
      }
    }
    assertThat(files()).containsExactly(file(KEY));
  }

  @Test
  void tables_of_another_size_are_replaced() {
    make(KEY, SOME);
    VocabularyTables larger = tables("", "a", "ab", "a\"", "\n", "b");
    try (TablesStore store = open(KEY)) {
      assertThat(store.load(larger.texts().size())).isEmpty();
      store.save(larger);
    }
    awaitWriters();
    try (TablesStore store = open(KEY)) {
      assertSame(store.load(larger.texts().size()), "", "a", "ab", "a\"", "\n", "b");
    }
  }

  @Test
  void a_failed_write_leaves_nothing() throws IOException {
    // A directory in its place: the last step of the write fails.
    Files.createDirectories(file(KEY).resolve("full"));
    try (TablesStore store = open(KEY)) {
      assertThat(store.load(SOME.texts().size())).isEmpty();
      store.save(SOME);
    }
    awaitWriters();
    assertThat(files()).containsExactly(file(KEY));
  }

  @Test
  void where_nothing_can_be_written_nothing_is_kept() throws IOException {
    Files.writeString(Files.createDirectories(directory.resolve("h")).resolve("cache"), "a file");
    make(KEY, SOME);
    assertThat(load(KEY)).isEmpty();
    assertThat(folder.top()).hasContent("a file");
  }

  @Test
  void a_folder_that_may_only_be_read_is_read() throws IOException {
    make(KEY, SOME);
    Files.setPosixFilePermissions(folder.directory(), PosixFilePermissions.fromString("r-x------"));
    assertSame(load(KEY), "", "a", "ab", "a\"", "\n");
  }

  @Test
  void a_link_is_not_followed() throws IOException {
    make(KEY, SOME);
    Path elsewhere = directory.resolve("elsewhere");
    Files.move(file(KEY), elsewhere);
    Files.createSymbolicLink(file(KEY), elsewhere);
    assertThat(load(KEY)).isEmpty();
    assertThat(file(KEY)).doesNotExist();
    make(KEY, SOME);
    assertThat(Files.isSymbolicLink(file(KEY))).isFalse();
    assertThat(elsewhere).exists();

    Path target = Files.createDirectory(directory.resolve("target"));
    Files.move(folder.directory(), directory.resolve("old"));
    Files.createSymbolicLink(folder.directory(), target);
    make(KEY, SOME);
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void what_belongs_to_another_user_is_not_used() throws IOException {
    make(KEY, SOME);
    assumeTrue(PosixProcess.userId() == 0, "only root can give a file away");
    Files.setAttribute(file(KEY), "unix:uid", 65534);
    assertThat(load(KEY)).isEmpty();
    make(KEY, SOME);
    Files.setAttribute(folder.directory(), "unix:uid", 65534);
    assertThat(load(KEY)).isEmpty();
    assertThat(file(KEY)).as("of a folder that is another user's").exists();
  }

  @Test
  void a_model_file_that_has_changed_keeps_nothing() {
    try (TablesStore store = TablesFolder.open(folder, 1 << 20, Optional::empty)) {
      assertThat(store.load(SOME.texts().size())).isEmpty();
      store.save(SOME);
    }
    try (TablesStore store =
        TablesFolder.open(
            folder,
            1 << 20,
            () -> {
              throw new IOException("gone");
            })) {
      assertThat(store.load(SOME.texts().size())).isEmpty();
      store.save(SOME);
    }
    assertThat(folder.directory()).doesNotExist();
  }

  @Test
  void what_has_been_of_no_use_for_longest_goes_first() throws IOException {
    make(KEY, SOME);
    make(key("second"), SOME);
    long bytes = Files.size(file(KEY)) + Files.size(file(key("second")));
    age(file(KEY), 100);
    age(file(key("second")), 50);
    assertThat(load(KEY)).as("of use just now").isPresent();
    try (TablesStore store =
        TablesFolder.open(folder, bytes + 10, () -> Optional.of(key("third")))) {
      assertThat(store.load(SOME.texts().size())).isEmpty();
      store.save(SOME);
    }
    awaitWriters();
    assertThat(files()).containsExactlyInAnyOrder(file(KEY), file(key("third")));
  }

  @Test
  void what_a_killed_process_has_left_half_written_is_removed() throws IOException {
    make(KEY, SOME);
    Path old = Files.writeString(folder.directory().resolve("a.tables.1.1.new"), "half");
    Path young = Files.writeString(folder.directory().resolve("a.tables.2.1.new"), "half");
    age(old, 3600);
    make(key("second"), SOME);
    assertThat(old).doesNotExist();
    assertThat(young).as("of a process that may be writing it").exists();
  }

  private static void age(Path file, int seconds) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(seconds)));
  }
}
