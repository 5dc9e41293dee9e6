package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A file of the Java runtime that is cut off is named by the launcher, since Java cannot do it. */
@Timeout(180)
class DamagedRuntimeTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");

  @BeforeEach
  void make_a_home() throws IOException {
    home = Files.createDirectory(directory.resolve("h"));
  }

  /** The virtual machine, the classes and what they need first. */
  static Stream<Path> parts() throws IOException {
    Path runtime = LinkedProgram.whole().resolve("runtime");
    try (Stream<Path> libraries = Files.list(runtime.resolve("lib"))) {
      return Stream.concat(
          Stream.of("lib/server/libjvm", "lib/modules", "lib/jvm.cfg", "bin/java")
              .map(runtime::resolve)
              .map(DamagedRuntimeTest::named),
          libraries.filter(file -> file.toString().matches(".*/lib(java|jli|jimage)\\.\\w+")))
          .map(file -> LinkedProgram.whole().relativize(file))
          .toList()
          .stream();
    }
  }

  /** With the suffix that libraries have on this system. */
  private static Path named(Path file) {
    return Stream.of("", ".so", ".dylib")
        .map(suffix -> file.resolveSibling(file.getFileName() + suffix))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  private Result run(Path program, String command) {
    String[] words = {
      "sh", "-c", "shift; program=" + program + "/bin/tsuku-llm; exec \"$program\" \"$@\"", "sh"
    };
    return TsukuCommand.in(home).through(words).run(command);
  }

  private void assertDamaged(Path program, Path part, long bytes, long whole) throws IOException {
    for (String command : List.of("serve", "status")) {
      Result refused = run(program, command);
      assertThat(refused.err())
          .isEqualTo(
              "tsuku-llm: The installation in %s is damaged: %s has %d bytes and should have %d."
                      .formatted(program, program.resolve(part), bytes, whole)
                  + " Install it again.\n");
      assertThat(refused.out()).isEmpty();
      assertThat(refused.status()).isEqualTo(1);
      assertThat(home).isEmptyDirectory();
    }
  }

  @ParameterizedTest
  @MethodSource("parts")
  void a_file_that_is_cut_off_is_named_with_both_sizes(Path part) throws IOException {
    Path program = LinkedProgram.without(part.toString(), directory.resolve("p"));
    Path original = LinkedProgram.whole().resolve(part);
    long whole = Files.size(original);
    Path cut = program.resolve(part);
    for (long bytes :
        List.of(whole - 1, whole * 9 / 10, whole / 2, Math.min(4096, whole / 3), 1L)) {
      Files.copy(original, cut, StandardCopyOption.COPY_ATTRIBUTES);
      try (var file = Files.newByteChannel(cut, StandardOpenOption.WRITE)) {
        file.truncate(bytes);
      }
      assertDamaged(program, part, bytes, whole);
      Files.delete(cut);
    }
  }

  @Test
  void a_file_that_is_longer_than_it_was_is_named_too() throws IOException {
    Path part = Path.of("runtime/lib/modules");
    Path program = LinkedProgram.without(part.toString(), directory.resolve("p"));
    Path original = LinkedProgram.whole().resolve(part);
    try (InputStream in = Files.newInputStream(original);
        OutputStream out = Files.newOutputStream(program.resolve(part))) {
      in.transferTo(out);
      out.write(0);
    }
    assertDamaged(program, part, Files.size(original) + 1, Files.size(original));
  }

  @Test
  void a_library_that_is_missing_is_named() throws IOException {
    String part =
        LinkedProgram.whole()
            .relativize(named(LinkedProgram.whole().resolve("runtime/lib/libjimage")))
            .toString();
    Path program = LinkedProgram.without(part, directory.resolve("p"));
    Result refused = run(program, "serve");
    assertThat(refused.err().lines()).singleElement().asString().contains("is not complete");
    assertThat(refused.err()).contains(program.resolve(part).toString(), "Install it again");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(home).isEmptyDirectory();
  }
}
