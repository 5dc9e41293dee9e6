package dev.tsuku.llm.daemon.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import dev.tsuku.llm.daemon.crash.RunMarker.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunMarkerTest {

  private static final Run RUN = new Run(Path.of("/m/grün.gguf"), 4096, 1, 17, 3, Work.LOADING);

  @TempDir private Path directory;
  private Path file;
  private RunMarker marker;

  @BeforeEach
  void newMarker() {
    file = directory.resolve("llm.running");
    marker = new RunMarker(file);
  }

  @Test
  void what_was_written_is_read_and_nobody_else_may() throws IOException {
    marker.write(new Run(Path.of("/before"), 1, 0, 3, 3, Work.LOADING));
    marker.write(RUN);
    assertThat(read()).contains(RUN);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  private Optional<Run> read() {
    return marker.read().map(RunMarker.Found::run);
  }

  private Work work() {
    return read().orElseThrow().work();
  }

  @Test
  void what_is_done_with_the_model_is_written_as_it_changes() {
    marker.write(RUN);
    assertThat(work()).isEqualTo(Work.LOADING);
    marker.requestBegins();
    assertThat(work()).isEqualTo(Work.DECODING);
    marker.requestEnds();
    assertThat(work()).isEqualTo(Work.IDLE);
    marker.write(RUN);
    marker.loaded();
    assertThat(work()).isEqualTo(Work.IDLE);
    marker.requestBegins();
    marker.requestBegins();
    marker.requestEnds();
    assertThat(work()).as("with one of two at work").isEqualTo(Work.DECODING);
    marker.requestEnds();
    assertThat(work()).isEqualTo(Work.IDLE);
  }

  @Test
  void an_answer_forgets_the_deaths_before() {
    marker.write(new Run(Path.of("/m"), 4096, 10, 17, 3, Work.LOADING));
    marker.requestBegins();
    marker.requestAnswered();
    assertThat(read()).contains(new Run(Path.of("/m"), 4096, 0, 17, 3, Work.DECODING));
  }

  @Test
  void without_a_file_nobody_died() {
    assertThat(marker.read()).isEmpty();
    marker.remove(17);
  }

  @Test
  void its_own_is_removed_and_anothers_is_not() {
    marker.write(RUN);
    marker.remove(18);
    assertThat(read()).contains(RUN);
    marker.remove(17);
    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tsuku-llm run 1",
        "tsuku-llm run 1\n/m\n4096\n0\n1",
        "tsuku-llm run 3\n/m\n4096\n0\n1\n0\nload",
        "tsuku-llm run 2\n/m\nmany\n0\n1\n0\nload",
        "tsuku-llm run 2\n/m\u0000\n4096\n0\n1\n0\nload",
        "tsuku-llm run 2\n/m\n4096\n0\n1\n0\nplay",
        "tsuku-llm run 2\n/m\n4096\n0\n1\n0\nload\nmore"
      })
  void what_cannot_be_read_is_removed(String content) throws IOException {
    Files.writeString(file, content);
    assertThat(marker.read()).isEmpty();
    assertThat(file).doesNotExist();
  }

  @Test
  void a_link_is_removed_and_not_followed() throws IOException {
    Path target = Files.writeString(directory.resolve("other"), "precious");
    Files.createSymbolicLink(file, target);
    assertThat(marker.read()).isEmpty();
    assertThat(Files.exists(file, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(target).hasContent("precious");
    Files.createSymbolicLink(directory.resolve("llm.running.new"), target);
    marker.write(RUN);
    assertThat(read()).contains(RUN);
    assertThat(target).hasContent("precious");
  }

  @Test
  void a_folder_that_cannot_be_written_is_done_without() {
    RunMarker nowhere = new RunMarker(directory.resolve("no/such/llm.running"));
    nowhere.write(RUN);
    assertThat(nowhere.read()).isEmpty();
  }
}
