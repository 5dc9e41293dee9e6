package dev.tsuku.llm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ShortDirectoryTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void its_path_leaves_room_for_a_socket() throws IOException {
    assertThat(directory.path()).isDirectory();
    assertThat(directory.path().toString().length()).isLessThan(16);
    assertThat(Files.getPosixFilePermissions(directory.path())).hasSize(3);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void it_is_deleted_with_what_is_in_it_and_nothing_else(@TempDir Path outside) throws IOException {
    Path kept = Files.writeString(outside.resolve("kept"), "kept");
    ShortDirectory other = ShortDirectory.open();
    Path path = other.path();
    Files.createDirectories(other.resolve("a/b"));
    Files.writeString(other.resolve("a/b/c"), "text");
    Files.createSymbolicLink(other.resolve("link"), outside);

    other.close();
    other.close();

    assertThat(path).doesNotExist();
    assertThat(kept).exists();
    assertThatThrownBy(other::path).isInstanceOf(IllegalStateException.class);
  }
}
