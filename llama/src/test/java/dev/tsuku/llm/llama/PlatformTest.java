package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.BackendException;
import org.junit.jupiter.api.Test;

class PlatformTest {

  @Test
  void platforms_are_named_as_the_packages_are() {
    assertThat(Platform.of("Linux", "amd64").label()).isEqualTo("linux-x64");
    assertThat(Platform.of("Linux", "aarch64").label()).isEqualTo("linux-arm64");
    assertThat(Platform.of("Mac OS X", "aarch64").label()).isEqualTo("mac-arm64");
    assertThat(Platform.of("Windows 11", "amd64").label()).isEqualTo("win-x64");
    assertThat(Platform.of("Linux", "riscv64").label()).isEqualTo("linux-riscv64");
  }

  @Test
  void another_system_is_refused() {
    assertThatThrownBy(() -> Platform.of("AIX", "ppc64"))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("AIX");
  }

  @Test
  void libraries_are_named_as_the_system_does() {
    assertThat(new Platform("linux", "x64").library("llama")).isEqualTo("libllama.so");
    assertThat(new Platform("mac", "arm64").library("llama")).isEqualTo("libllama.dylib");
    assertThat(new Platform("mac", "arm64").plugin("ggml-metal")).isEqualTo("libggml-metal.so");
    assertThat(new Platform("win", "x64").library("llama")).isEqualTo("llama.dll");
  }

  @Test
  void the_parts_of_llama_are_told_from_other_files() {
    Platform linux = new Platform("linux", "x64");
    assertThat(linux.part("libggml-cpu-zen4.so")).contains("ggml-cpu-zen4");
    assertThat(linux.part("libllama.cuda.v0.4.0.so")).contains("llama");
    assertThat(linux.part("libllama-common.so")).isEmpty();
    assertThat(linux.part("llama-addon.node")).isEmpty();
    assertThat(linux.part("README.md")).isEmpty();
    assertThat(new Platform("win", "x64").part("ggml-base.dll")).contains("ggml-base");
  }
}
