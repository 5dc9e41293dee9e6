package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.BackendException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaLibraryTest {

  /** Platforms whose package lags behind have the release before the newest. */
  private static final String RELEASE = "0\\.[45]\\.0(-dev)?";

  /** What the packaged library calls itself. */
  private static final String VERSION = Native.backend().version();

  @TempDir private Path folder;

  private record Result(String output, String errors) {}

  @Test
  void a_release_and_a_build_of_its_sources_are_accepted() {
    assertThat(LlamaLibrary.isExpected("0.4.0")).isTrue();
    assertThat(LlamaLibrary.isExpected("0.5.0")).isTrue();
    assertThat(LlamaLibrary.isExpected("0.5.0-dev")).isTrue();
    assertThat(LlamaLibrary.isExpected("0.5.1")).isFalse();
    assertThat(LlamaLibrary.isExpected("0.6.0-dev")).isFalse();
  }

  @Test
  void the_processor_computes_where_it_is_asked_for() {
    assertThat(Native.backend().name()).isEqualTo("cpu");
    assertThat(Native.backend().availableVramBytes()).isZero();
    assertThat(Native.backend().version()).matches(RELEASE);
  }

  @Test
  void asking_for_what_is_not_there_names_what_is() {
    LlamaBackend backend =
        LlamaBackend.open(
            new LlamaSettings(Native.PACKAGES, Optional.empty(), Optional.of(BackendKind.CUDA)));
    assertThatThrownBy(backend::name)
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.UNUSABLE))
        .hasMessageContaining("cannot compute with cuda here; it has cpu")
        .hasMessageContaining("built without cuda");
  }

  @Test
  void a_process_has_one_llama() {
    assertThat(Native.backend().version()).matches(RELEASE);
    assertThatThrownBy(
            () ->
                LlamaBackend.open(
                        new LlamaSettings(
                            Native.PACKAGES, Optional.of(ownBuild()), Optional.empty()))
                    .name())
        .hasMessageContaining("is already in use");
  }

  @Test
  void opening_a_backend_touches_no_file() {
    LlamaSettings settings =
        new LlamaSettings(folder.resolve("nothing"), Optional.empty(), Optional.empty());
    LlamaBackend backend = LlamaBackend.open(settings);
    assertThatThrownBy(backend::name).hasMessageContaining("There is no llama.cpp for");
  }

  @Test
  void a_story_is_told_without_a_word_on_the_standard_error()
      throws IOException, InterruptedException {
    Result result = child("bundled", Native.PACKAGES, "any");
    assertThat(result.errors()).isEmpty();
    assertThat(result.output())
        .containsPattern("cpu " + RELEASE)
        .contains("there was a little girl");
  }

  @Test
  void an_own_build_of_the_release_is_accepted() throws IOException, InterruptedException {
    Result result = child("own", ownBuild(), "cpu");
    assertThat(result.errors()).isEmpty();
    assertThat(result.output())
        .containsPattern("cpu " + RELEASE)
        .contains("there was a little girl");
  }

  @Test
  void libraries_for_graphics_that_cannot_be_used_leave_a_note()
      throws IOException, InterruptedException {
    Path own = ownBuild();
    Path cuda = own.resolve(Platform.current().plugin("ggml-cuda"));
    Files.writeString(cuda, "This is no library.", StandardCharsets.UTF_8);
    assertThat(child("own", own, "any").output())
        .containsPattern("cpu " + RELEASE)
        .contains("though llama.cpp for cuda is installed")
        .contains("Its " + cuda.getFileName() + " cannot be loaded: ", "TSUKU_LLM_BACKEND=cpu ends")
        .contains("there was a little girl");
    assertThat(child("own", own, "cpu").output()).doesNotContain("cuda");
    Files.delete(cuda);
    assertThat(child("own", own, "any").output()).doesNotContain("cuda");
  }

  @Test
  void a_process_that_llama_cpp_ends_says_why_first() throws IOException, InterruptedException {
    assertThat(child("bundled", Native.PACKAGES, "abort").output())
        .endsWith("last words: GPU error: no such thing (ops.cpp:17: it is over)\n");
  }

  @Test
  void an_own_build_of_another_version_is_refused() throws IOException, InterruptedException {
    Path own = ownBuild();
    patch(own.resolve(Platform.current().library("llama")), VERSION, "0.9.7-dev");
    assertThat(child("own", own, "cpu").output())
        .startsWith("UNUSABLE: llama.cpp in " + own + " is 0.9.7-dev")
        .contains("works with 0.5.0 and 0.4.0 only");
  }

  @Test
  void a_changed_library_is_never_loaded() throws IOException, InterruptedException {
    try (Stream<Path> files = Files.list(Native.libraries())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    LibraryDirectory copy = LibraryDirectory.bundled(folder, Platform.current());
    patch(copy.llama(), VERSION, "0.5.0-dex");
    assertThat(child("bundled", folder, "any").output())
        .startsWith("UNUSABLE: The library " + copy.llama() + " has been changed");
  }

  @Test
  void what_is_no_library_is_refused_in_the_words_of_the_system()
      throws IOException, InterruptedException {
    Path own = ownBuild();
    Path base = own.resolve(Platform.current().library("ggml-base"));
    Files.delete(base);
    Files.writeString(base, "This is no library.", StandardCharsets.UTF_8);
    assertThat(child("own", own, "cpu").output())
        .startsWith("UNUSABLE: Cannot load " + base + ": ")
        .doesNotContain("Cannot open library");
  }

  /** The prebuilt libraries under the names that a build of one's own gives them. */
  private Path ownBuild() throws IOException {
    Path own = Files.createDirectories(folder.resolve("own"));
    Platform platform = Platform.current();
    LibraryDirectory bundled = LibraryDirectory.bundled(Native.PACKAGES, platform);
    for (Path file : bundled.parts(platform)) {
      Files.copy(file, own.resolve(file.getFileName()));
    }
    Files.copy(bundled.llama(), own.resolve(platform.library("llama")));
    Files.copy(bundled.ggml(), own.resolve(platform.library("ggml")));
    return own;
  }

  private static void patch(Path file, String from, String to) throws IOException {
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains(from);
    Files.writeString(file, bytes.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private Result child(String which, Path libraries, String kind)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ChildProcess.class.getName(),
                which,
                libraries.toString(),
                kind,
                Native.stories().toString())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(Files.readString(output), Files.readString(errors));
  }
}
