package dev.tsuku.llm.daemon.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphicsFailureTest {

  private static final Path LIBRARIES = Path.of("/opt/llama");
  private static final GraphicsFailure FAILURE =
      GraphicsFailure.of("cuda", LIBRARIES, "CUDA error: unsupported\n toolchain");

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() {
    file = folder.resolve("failed");
    FAILURE.write(file);
  }

  @Test
  void what_was_written_is_read_and_nobody_else_may() throws IOException {
    GraphicsFailure read = GraphicsFailure.read(file, LIBRARIES).orElseThrow();
    assertThat(read.backend()).isEqualTo("cuda");
    assertThat(read.sentence())
        .contains("CUDA error: unsupported toolchain", "TSUKU_LLM_BACKEND: cuda tries it again");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void other_libraries_are_tried() {
    assertThat(GraphicsFailure.read(file, Path.of("/opt/newer"))).isEmpty();
  }

  @Test
  void after_a_week_it_is_tried_again() throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
    assertThat(GraphicsFailure.read(file, LIBRARIES)).isEmpty();
  }

  @Test
  void what_is_damaged_or_forgotten_says_nothing() throws IOException {
    Files.writeString(file, "tsuku-llm graphics failure 1\ncuda\n");
    assertThat(GraphicsFailure.read(file, LIBRARIES)).isEmpty();
    GraphicsFailure.forget(file);
    assertThat(file).doesNotExist();
    assertThat(GraphicsFailure.read(file, LIBRARIES)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: out of memory (ggml-cuda.cu:108: CUDA error)",
        "ggml-vulkan.cpp:9: vk::Device::allocateMemory: ErrorOutOfDeviceMemory",
        "ggml-alloc.c:82: GGML_ASSERT(size > 0) failed",
        "llama-context.cpp:17: GGML_ASSERT(n_tokens > 0) failed",
        "",
      })
  void a_lack_of_memory_and_other_assertions_are_not_to_blame_on_the_driver(String cause) {
    assertThat(GraphicsFailure.isOfGraphics(cause)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: unsupported toolchain (ggml-cuda.cu:108: CUDA error)",
        "mmq.cuh:40: no device code compatible with this device",
        "ggml-vulkan.cpp:77: fatal error",
      })
  void errors_of_a_backend_are(String cause) {
    assertThat(GraphicsFailure.isOfGraphics(cause)).isTrue();
  }
}
