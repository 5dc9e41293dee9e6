package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a file holds, it is a model's or is refused with a sentence that names it. */
class GgufFuzzTest {

  @TempDir static Path directory = Path.of("");

  @FuzzTest(maxDuration = "60s")
  void any_bytes_are_a_header_or_refused(byte[] bytes) throws IOException {
    Path file = Files.write(directory.resolve("fuzzed.gguf"), bytes);
    try {
      assertThat(GgufHeader.read(file).architecture()).isNotNull();
    } catch (ModelException e) {
      assertThat(e.getMessage()).contains("fuzzed.gguf");
    }
  }
}
