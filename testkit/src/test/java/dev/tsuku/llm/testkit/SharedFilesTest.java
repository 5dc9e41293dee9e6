package dev.tsuku.llm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class SharedFilesTest {

  @Test
  void the_root_is_where_the_build_file_is() {
    assertThat(SharedFiles.root().resolve("pom.xml")).exists();
  }

  @Test
  void a_file_that_is_not_there_skips_the_test() {
    assertThatThrownBy(() -> SharedFiles.require("no/such.file"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("no/such.file", "missing");
  }
}
