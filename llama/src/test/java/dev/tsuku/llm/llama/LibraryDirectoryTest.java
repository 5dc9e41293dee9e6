package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.BackendException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryDirectoryTest {

  private static final Platform LINUX = new Platform("linux", "x64");

  @TempDir private Path folder;

  @Test
  void libraries_are_found_in_the_packages_and_in_a_flat_folder() throws IOException {
    Path inPackage =
        Files.createDirectories(
            folder.resolve("node_modules/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda"));
    Files.createFile(inPackage.resolve("libllama.cuda.v0.4.0.so"));
    LibraryDirectory packaged = LibraryDirectory.bundled(folder, LINUX);
    assertThat(packaged.path()).isEqualTo(inPackage);
    assertThat(packaged.bundle()).contains("linux-x64-cuda");
    assertThat(packaged.ggml().getFileName()).hasToString("libggml.cuda.v0.4.0.so");

    Files.createFile(folder.resolve("libllama.v0.4.0.so"));
    LibraryDirectory flat = LibraryDirectory.bundled(folder, LINUX);
    assertThat(flat.path()).isEqualTo(folder);
    assertThat(flat.bundle()).contains("linux-x64");
  }

  @Test
  void a_folder_without_libraries_is_named() {
    assertUnusable(() -> LibraryDirectory.bundled(folder, LINUX))
        .hasMessageContaining("no llama.cpp for linux-x64 in " + folder);
    assertUnusable(() -> LibraryDirectory.own(folder, LINUX))
        .hasMessageContaining("has no libllama.so");
  }

  @Test
  void what_computes_is_known_without_loading_where_only_the_processor_can() throws IOException {
    Platform platform = Platform.current();
    // Nothing here could be loaded, or would be accepted.
    Files.createFile(folder.resolve(platform.library("llama.v0.4.0")));
    Files.createFile(folder.resolve(platform.plugin("ggml-cpu-x64")));
    LlamaBackend backend =
        LlamaBackend.open(new LlamaSettings(folder, Optional.empty(), Optional.empty()));
    assertThat(backend.name()).isEqualTo("cpu");

    Files.createFile(folder.resolve(platform.plugin("ggml-cuda")));
    assertUnusable(backend::name).hasMessageContaining(folder.toString());
  }

  @Test
  void an_own_build_has_plain_names() throws IOException {
    Files.createFile(folder.resolve("libllama.so"));
    LibraryDirectory own = LibraryDirectory.own(folder, LINUX);
    assertThat(own.bundle()).isEmpty();
    assertThat(own.base().getFileName()).hasToString("libggml-base.so");
  }

  @Test
  void the_recorded_libraries_are_accepted_and_changed_ones_are_not() throws IOException {
    copyLibraries();
    LibraryDirectory directory = LibraryDirectory.bundled(folder, Platform.current());
    LibraryManifest manifest = LibraryManifest.of(directory.bundle().orElseThrow());
    manifest.verify(directory, Platform.current());

    Path stranger = Files.createFile(folder.resolve(Platform.current().plugin("ggml-cpu-extra")));
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(stranger + " does not belong");
    Files.delete(stranger);

    Files.writeString(directory.ggml(), "x", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(directory.ggml() + " has been changed");
    Files.delete(directory.ggml());
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(directory.ggml() + " is missing");
  }

  @Test
  void a_noted_crc_counts_where_it_is_noted_with_the_recorded_hash() throws IOException {
    copyLibraries();
    LibraryDirectory directory = LibraryDirectory.bundled(folder, Platform.current());
    LibraryManifest manifest = LibraryManifest.of(directory.bundle().orElseThrow());
    String name = directory.ggml().getFileName().toString();
    String hash = Objects.requireNonNull(manifest.hashes().get(name));

    note(crc32(directory.ggml()) + " " + hash + "  " + name);
    manifest.verify(directory, Platform.current());
    note("00000000 " + hash + "  " + name);
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(directory.ggml() + " has been changed");
    note("00000000 " + "0".repeat(64) + "  " + name);
    manifest.verify(directory, Platform.current());
    note("damaged");
    manifest.verify(directory, Platform.current());

    note(crc32(directory.ggml()) + " " + hash + "  " + name);
    Files.writeString(directory.ggml(), "x", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(directory.ggml() + " has been changed");
    Files.delete(directory.ggml());
    assertUnusable(() -> manifest.verify(directory, Platform.current()))
        .hasMessageContaining(directory.ggml() + " is missing");
  }

  private void note(String line) throws IOException {
    Files.writeString(folder.resolve("checksums"), line + "\n");
  }

  private static String crc32(Path file) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(Files.readAllBytes(file));
    return String.format("%08x", crc.getValue());
  }

  @Test
  void every_package_has_a_manifest_with_the_libraries_that_are_opened() {
    for (String bundle :
        List.of(
            "linux-arm64",
            "linux-x64",
            "linux-x64-cuda",
            "linux-x64-vulkan",
            "mac-arm64-metal",
            "mac-x64",
            "win-arm64",
            "win-x64",
            "win-x64-cuda",
            "win-x64-vulkan")) {
      String[] words = bundle.split("-", 3);
      Platform platform = new Platform(words[0], words[1]);
      assertThat(
              LibraryManifest.of(bundle).hashes().keySet().stream()
                  .map(name -> platform.part(name).orElseThrow()))
          .as(bundle)
          .contains("llama", "ggml", "ggml-base")
          .anyMatch(part -> part.startsWith("ggml-cpu"));
    }
  }

  private void copyLibraries() throws IOException {
    try (Stream<Path> files = Files.list(Native.libraries())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertUnusable(
      ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.UNUSABLE));
  }
}
