package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenedFilesTest {

  @TempDir Path directory;

  private final OpenedFiles opened = new OpenedFiles();

  @Test
  void a_file_is_read_once_while_it_stays_the_same() throws IOException {
    Path file = GgufBytes.sound().writeTo(directory.resolve("a.gguf"));
    ModelFile first = opened.open(file);
    assertThat(opened.open(file)).isSameAs(first);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThat(opened.open(file)).isNotSameAs(first);
  }

  @Test
  void a_file_that_breaks_is_refused_although_it_was_good() throws IOException {
    Path file = GgufBytes.sound().writeTo(directory.resolve("a.gguf"));
    opened.open(file);
    Files.writeString(file, "no model any more");
    assertThatThrownBy(() -> opened.open(file)).isInstanceOf(ModelException.class);
    Files.delete(file);
    assertThatThrownBy(() -> opened.open(file)).isInstanceOf(ModelException.class);
  }
}
