package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the program's directory has for a quick start and a quick load. */
class PackagingTest {

  /** Java 6: class files from here on have stack maps. */
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private static final Path APP = TsukuCommand.launcher().resolveSibling("..").normalize();

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(APP.resolve(folder))) {
      return files.sorted().toList();
    }
  }

  @Test
  void no_class_file_is_too_old_for_a_cache() throws IOException {
    List<String> old = new ArrayList<>();
    for (Path file : files("lib")) {
      try (JarFile jar = new JarFile(file.toFile())) {
        for (JarEntry entry : jar.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
          try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
            in.skipNBytes(6);
            if (in.readUnsignedShort() < FIRST_WITH_STACK_MAPS) {
              old.add(file.getFileName() + ": " + entry.getName());
            }
          }
        }
      }
    }
    assertThat(old).isEmpty();
  }

  @Test
  void every_library_of_llama_cpp_has_a_noted_checksum() throws IOException {
    Path checksums = APP.resolve("llama/checksums");
    List<String> noted =
        Files.readAllLines(checksums).stream().map(line -> line.substring(75)).toList();
    assertThat(noted)
        .isNotEmpty()
        .containsExactlyElementsOf(
            files("llama").stream()
                .filter(file -> !file.equals(checksums))
                .map(file -> file.getFileName().toString())
                .toList());
  }

  @Test
  void the_cache_of_the_commands_has_the_command_line_library() throws Exception {
    Path cache = APP.resolve("cache/ask.aot");
    Assumptions.assumeTrue(Files.exists(cache), "the build made no cache of classes");
    Path loaded = directory.resolve("loaded");
    Process process =
        new ProcessBuilder(
                APP.resolve("runtime/bin/java").toString(),
                "-XX:AOTCache=" + cache,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xlog:class+load:file=" + loaded,
                "-jar",
                files("lib").stream()
                    .filter(file -> file.getFileName().toString().startsWith("tsuku-llm-cli-"))
                    .findFirst()
                    .orElseThrow()
                    .toString(),
                "--help")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
    List<String> loads = Files.readAllLines(loaded);
    assertThat(loads)
        .anyMatch(
            line ->
                line.contains(" picocli.CommandLine source: ")
                    && line.contains("shared objects file"));
  }
}
