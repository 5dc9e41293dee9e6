package dev.tsuku.llm.daemon.jars;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JarTimesTest {

  private static final FileTime WRITTEN = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));

  @TempDir Path directory = Path.of("");

  private Path app = directory;
  private Path copies = directory;

  @BeforeEach
  void make_a_program() throws Exception {
    app = directory.resolve("app");
    copies = directory.resolve("home/cache/classes");
    Files.createDirectories(app.resolve("lib"));
    Files.createDirectories(app.resolve("cache"));
    StringBuilder list = new StringBuilder("1767323045\n");
    for (String name : List.of("a.jar", "b.jar")) {
      Files.writeString(app.resolve("lib").resolve(name), "contents of " + name);
      list.append(sha256("contents of " + name)).append("  ").append(name).append('\n');
    }
    Files.writeString(app.resolve("cache/jars"), list);
    Files.writeString(app.resolve("cache/id"), "0123456789abcdef\n");
  }

  private static String sha256(String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void keep() {
    new JarTimes(app, copies).keep();
  }

  private FileTime time(String jar) throws IOException {
    return Files.getLastModifiedTime(app.resolve("lib").resolve(jar));
  }

  /** As the home's directory of caches, or as the one for copies in it. */
  @ParameterizedTest
  @ValueSource(strings = {"home/cache", "home/cache/classes"})
  void no_copy_is_written_through_a_symbolic_link(String link) throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createDirectories(directory.resolve(link).getParent());
    Files.createSymbolicLink(directory.resolve(link), elsewhere);
    assertThatThrownBy(this::copy)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve(link) + ": it is a symbolic link");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"home/cache", "home/cache/classes"})
  void no_copy_is_written_into_another_users_directory(String foreign) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(foreign));
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")),
        "only root can give a directory away");
    Files.setAttribute(folder, "unix:uid", 65534);
    assertThatThrownBy(this::copy)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder + ": it belongs to user");
    assertThat(folder).isEmptyDirectory();
  }

  private void copy() throws IOException {
    JarList list = JarList.read(app.resolve("cache/jars"));
    new JarTimes(app, copies).copy(list, app.resolve("lib"), copies.resolve("0123"));
  }

  @Test
  void times_are_restored_in_place_where_that_is_possible() throws IOException {
    keep();
    assertThat(time("a.jar")).isEqualTo(WRITTEN);
    assertThat(time("b.jar")).isEqualTo(WRITTEN);
    assertThat(copies).doesNotExist();
  }

  @Test
  void jars_of_another_build_are_left_alone() throws IOException {
    Files.writeString(app.resolve("lib/b.jar"), "contents of c.jar");
    FileTime before = time("a.jar");
    keep();
    assertThat(time("a.jar")).isEqualTo(before);
    assertThat(copies).doesNotExist();
  }

  @Test
  void a_list_that_is_none_changes_nothing() throws IOException {
    FileTime before = time("a.jar");
    for (String list : List.of("", "soon\n", "1767323045\n../x\n", "\0")) {
      Files.writeString(app.resolve("cache/jars"), list);
      keep();
      assertThat(time("a.jar")).isEqualTo(before);
    }
    Files.delete(app.resolve("cache/jars"));
    keep();
    assertThat(time("a.jar")).isEqualTo(before);
  }

  @Test
  void copies_are_for_their_owner_only_and_few() throws IOException {
    Files.createDirectories(copies.resolve(".new-left"));
    for (String old : List.of("1", "2", "3")) {
      Files.createDirectories(copies.resolve(old));
      Files.setLastModifiedTime(copies.resolve(old), FileTime.fromMillis(old.charAt(0) * 1000L));
    }
    Path copy = copies.resolve("0123456789abcdef");
    FileTime before = time("a.jar");
    new JarTimes(app, copies)
        .copy(JarList.read(app.resolve("cache/jars")), app.resolve("lib"), copy);
    assertThat(copy.resolve("a.jar")).hasContent("contents of a.jar");
    assertThat(Files.getLastModifiedTime(copy.resolve("b.jar"))).isEqualTo(WRITTEN);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("a.jar"))))
        .isEqualTo("rw-------");
    try (Stream<Path> all = Files.list(copies)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("0123456789abcdef", "3");
    }
    FileTime made = Files.getLastModifiedTime(copy);
    keep();
    assertThat(Files.getLastModifiedTime(copy)).as("a good copy stays").isEqualTo(made);
    assertThat(time("a.jar")).as("nothing is changed in place").isEqualTo(before);
  }
}
