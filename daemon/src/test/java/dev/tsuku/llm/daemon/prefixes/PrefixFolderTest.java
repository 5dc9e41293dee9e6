package dev.tsuku.llm.daemon.prefixes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.socket.PosixProcess;
import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PrefixFolderTest {

  private static final int[] TOKENS = IntStream.range(0, PrefixFolder.BLOCK_TOKENS).toArray();
  private static final byte[] STATE = new byte[1000];
  private static final String ROOT = BlockKeys.root("test");
  private static final String KEY = BlockKeys.next(ROOT, TOKENS);

  @TempDir private Path home;
  private Path model;
  private CacheFolder folder;

  @BeforeEach
  void newModel() throws IOException {
    model = Files.writeString(home.resolve("m.gguf"), "weights");
    folder = CacheFolder.ofPrefixes(new Home(home));
    for (int i = 0; i < STATE.length; i++) {
      STATE[i] = (byte) i;
    }
  }

  private PrefixStore open() {
    return open(1 << 20);
  }

  private PrefixStore open(long limit) {
    return PrefixFolder.open(folder, model, limit, "form");
  }

  private Path file() {
    return folder.directory().resolve(KEY + ".kv");
  }

  private static byte[] bytes(Optional<ByteBuffer> state) {
    byte[] bytes = new byte[state.orElseThrow().remaining()];
    state.get().get(bytes);
    return bytes;
  }

  private static String rootOf(PrefixStore store) {
    store.prepare();
    while (store.root().isEmpty()) {
      Thread.onSpinWait();
    }
    return store.root().orElseThrow();
  }

  @Test
  void a_tail_is_found_by_what_it_goes_on_from() {
    int[] tail = {7, 8, 9};
    String key = BlockKeys.next(KEY, tail);
    assertThat(open().save(KEY, key, tail, 1, STATE)).isTrue();
    PrefixStore next = open();
    assertThat(next.tails(KEY)).containsExactly(3);
    assertThat(next.tails(ROOT)).isEmpty();
    assertThat(bytes(next.load(key, tail, 1))).isEqualTo(STATE);
    next.forget(key);
    assertThat(next.tails(KEY)).isEmpty();
    assertThat(open().contains(key)).isFalse();
  }

  @Test
  void what_was_saved_is_there_for_the_next_one_and_nobody_else() throws IOException {
    assertThat(open().save(ROOT, KEY, TOKENS, 0, STATE)).isTrue();
    PrefixStore next = open();
    assertThat(next.contains(KEY)).isTrue();
    assertThat(bytes(next.load(KEY, TOKENS, 0))).isEqualTo(STATE);
    assertThat(next.load(KEY, TOKENS, 0).orElseThrow().isDirect()).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.directory())))
        .isEqualTo("rwx------");
  }

  @Test
  void a_file_with_any_byte_changed_is_not_believed_and_removed() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    byte[] good = Files.readAllBytes(file());
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      store.save(ROOT, KEY, TOKENS, 0, STATE);
      Files.write(file(), bad);
      assertThat(store.load(KEY, TOKENS, 0)).as("byte %s", i).isEmpty();
      assertThat(file()).doesNotExist();
      assertThat(store.contains(KEY)).isFalse();
    }
  }

  @Test
  void a_file_of_any_other_length_is_not_believed() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    byte[] good = Files.readAllBytes(file());
    for (int length : List.of(0, 1, 31, 44, good.length - 1, good.length - 32, good.length + 1)) {
      store.save(ROOT, KEY, TOKENS, 0, STATE);
      Files.write(file(), Arrays.copyOf(good, length));
      assertThat(store.load(KEY, TOKENS, 0)).as("%s bytes", length).isEmpty();
    }
  }

  @Test
  void other_tokens_or_another_key_are_something_else() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    int[] others = TOKENS.clone();
    others[7]++;
    assertThat(store.load(KEY, others, 0)).isEmpty();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    String other = BlockKeys.next(KEY, TOKENS);
    Files.copy(file(), folder.directory().resolve(other + ".kv"));
    assertThat(store.load(other, TOKENS, 1)).isEmpty();
  }

  @Test
  void a_link_is_not_followed() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    Path elsewhere = home.resolve("elsewhere");
    Files.move(file(), elsewhere);
    Files.createSymbolicLink(file(), elsewhere);
    assertThat(store.load(KEY, TOKENS, 0)).isEmpty();
    assertThat(elsewhere).exists();
  }

  @Test
  void what_is_none_of_ours_and_what_was_left_half_written_goes() throws IOException {
    open().save(ROOT, KEY, TOKENS, 0, STATE);
    Files.writeString(folder.directory().resolve(KEY + ".kv.new"), "half");
    Files.writeString(folder.directory().resolve("notes.txt"), "mine");
    open();
    assertThat(folder.files()).containsExactly(file());
  }

  @Test
  void what_was_of_no_use_for_longest_goes_first_and_of_a_chain_its_end() throws IOException {
    PrefixStore store = open(4 * 2300);
    String[] keys = new String[5];
    String key = BlockKeys.root("chain");
    for (int i = 0; i < keys.length; i++) {
      key = BlockKeys.next(key, TOKENS);
      keys[i] = key;
    }
    for (int i = 0; i < 4; i++) {
      assertThat(store.save(i == 0 ? ROOT : keys[i - 1], keys[i], TOKENS, i, STATE)).isTrue();
    }
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE))
        .as("nothing fresh is forgotten, or two that do not both fit would go on for ever")
        .isFalse();
    for (int i = 0; i < 4; i++) {
      age(keys[i], 60_000 + 1_000 * i);
    }
    store = open(4 * 2300);
    assertThat(store.touch(keys[3], 3)).isTrue();
    age(keys[3], 63_000);
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).isTrue();
    assertThat(store.contains(keys[3])).as("of use a moment ago").isTrue();
    assertThat(store.contains(keys[2])).as("the end of what is left of the chain").isFalse();
    assertThat(store.contains(keys[0])).isTrue();
    assertThat(folder.contents().bytes()).isLessThanOrEqualTo(4 * 2300);
    // A smaller limit holds for what is there already.
    Files.setLastModifiedTime(folder.directory().resolve(KEY + ".kv"), FileTime.fromMillis(1));
    PrefixStore smaller = open(3 * 2300);
    assertThat(smaller.contains(KEY)).isFalse();
    assertThat(folder.contents().files()).isEqualTo(3);
  }

  private void age(String key, long millis) throws IOException {
    Files.setLastModifiedTime(
        folder.directory().resolve(key + ".kv"),
        FileTime.fromMillis(System.currentTimeMillis() - millis));
  }

  @Test
  void emptying_the_folder_beside_a_running_daemon_does_no_harm() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    assertThat(folder.clear().files()).isEqualTo(1);
    assertThat(folder.files()).isEmpty();
    assertThat(store.load(KEY, TOKENS, 0)).isEmpty();
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).isTrue();
    assertThat(bytes(store.load(KEY, TOKENS, 0))).isEqualTo(STATE);
  }

  @Test
  void a_folder_that_cannot_be_had_ends_the_keeping_and_nothing_else() throws IOException {
    PrefixStore store = open();
    store.save(ROOT, KEY, TOKENS, 0, STATE);
    folder.clear();
    Files.delete(folder.directory());
    assertThat(store.load(KEY, TOKENS, 0)).isEmpty();
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).as("it is made anew").isTrue();
    folder.clear();
    Files.delete(folder.directory());
    Files.createSymbolicLink(folder.directory(), home);
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).isFalse();
    assertThat(store.isOpen()).isFalse();
    assertThat(store.load(KEY, TOKENS, 0)).isEmpty();
  }

  @Test
  void keys_begin_with_the_model_and_the_form_of_its_states() throws IOException {
    PrefixStore first = open();
    assertThat(first.root()).as("nothing is read before there is time").isEmpty();
    String root = rootOf(first);
    assertThat(open().root()).as("remembered").contains(root);
    assertThat(rootOf(PrefixFolder.open(folder, model, 1 << 20, "other"))).isNotEqualTo(root);
    Files.writeString(model, "weightz");
    Files.setLastModifiedTime(model, FileTime.fromMillis(5));
    assertThat(open().root()).isEmpty();
    assertThat(rootOf(open())).isNotEqualTo(root);
  }

  @Test
  void without_room_nothing_is_made() {
    assertThat(open(0).isOpen()).isFalse();
    assertThat(folder.directory()).doesNotExist();
  }

  @Test
  void where_a_file_is_in_the_way_nothing_is_kept() throws IOException {
    Files.writeString(home.resolve("cache"), "a file");
    PrefixStore store = open();
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).isFalse();
    assertThat(store.isOpen()).isFalse();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void nobody_else_may_see_anything_in_the_cache() throws IOException {
    PrefixStore store = open();
    assertThat(store.save(ROOT, KEY, TOKENS, 0, STATE)).isTrue();
    rootOf(store);
    List<Path> all = files();
    assertThat(all).hasSize(2).allMatch(file -> file.toString().matches(".+\\.(kv|model)"));
    for (Path file : all) {
      assertThat(mode(file)).as(file.toString()).isEqualTo("rw-------");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    for (Path directory : List.of(folder.directory(), folder.top())) {
      assertThat(mode(directory)).isEqualTo("rwx------");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    assertThat(open().contains(KEY)).isTrue();
    for (Path file : files()) {
      assertThat(mode(file)).as("of what was open to others: %s", file).isEqualTo("rw-------");
    }
    assertThat(mode(folder.directory())).isEqualTo("rwx------");
    assertThat(mode(folder.top())).isEqualTo("rwx------");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.directory())) {
      return files.toList();
    }
  }

  @Test
  void a_folder_that_is_a_link_is_neither_read_nor_written_nor_emptied() throws IOException {
    Path elsewhere = Files.createDirectories(home.resolve("elsewhere/prefixes"));
    Path precious = Files.writeString(elsewhere.resolve("precious"), "");
    Files.createSymbolicLink(folder.top(), home.resolve("elsewhere"));
    assertThat(open().isOpen()).isFalse();
    assertThatThrownBy(() -> folder.clear())
        .isInstanceOf(IOException.class)
        .hasMessage(folder.top() + " is not used: it is a symbolic link");
    Files.delete(folder.top());
    Files.createDirectory(folder.top());
    Files.createSymbolicLink(folder.directory(), elsewhere);
    assertThat(open().isOpen()).isFalse();
    assertThatThrownBy(() -> folder.contents()).hasMessageContaining("symbolic link");
    assertThat(precious).exists();
  }

  @Test
  void another_users_folder_is_not_used() throws IOException {
    Files.createDirectories(folder.directory());
    assumeTrue(PosixProcess.userId() == 0, "only root can give a folder away");
    Files.setAttribute(folder.top(), "unix:uid", 65534);
    assertThat(open().isOpen()).isFalse();
    assertThatThrownBy(() -> folder.clear()).hasMessageContaining("it belongs to user");
  }
}
