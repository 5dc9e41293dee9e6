package dev.tsuku.llm.grammar.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real schemas and the official suite: what is valid can be written, what is not cannot. */
class SchemaCasesTest {

  private static final Path FOLDER =
      Path.of(System.getProperty("tsuku.root", ".")).resolve("../shared/schemas");

  @Test
  void real_schemas_accept_what_is_valid_and_nothing_else() throws IOException {
    Path file = FOLDER.resolve("maskbench-fifth.jsonl.gz");
    assumeTrue(Files.exists(file), "there is no collection of schemas");
    List<SchemaCase> cases = SchemaCases.readLines(file);
    long clean = 0;
    for (SchemaCase one : cases) {
      SchemaCase.Result result = one.run();
      assertThat(result.accepted()).as(one.name()).isEmpty();
      assertThat(result.rejected()).as(one.name()).isEmpty();
      clean += result.isClean() ? 1 : 0;
    }
    assertThat((double) clean / cases.size()).isGreaterThan(0.995);
  }

  @Test
  void schemas_that_others_write_are_all_clean() throws IOException {
    Path file = FOLDER.resolve("../cases/schemas.jsonl.gz");
    assumeTrue(Files.exists(file), "there is no collection of schemas");
    for (SchemaCase one : SchemaCases.readLines(file)) {
      assertThat(one.run().isClean()).as(one.name()).isTrue();
    }
  }

  @Test
  void the_official_suite_is_never_contradicted_by_accepting(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path archive = FOLDER.resolve("json-schema-test-suite.tar.gz");
    assumeTrue(Files.exists(archive), "there is no suite");
    assertThat(
            new ProcessBuilder("tar", "xzf", archive.toString(), "-C", directory.toString())
                .start()
                .waitFor())
        .isZero();
    int passed = 0;
    int all = 0;
    try (Stream<Path> files = Files.list(directory.resolve("tests/draft2020-12"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).sorted().toList()) {
        for (SchemaCase one : SchemaCases.readSuite(file)) {
          SchemaCase.Result result = one.run();
          assertThat(result.accepted()).as(one.name()).isEmpty();
          all += one.instances().size();
          passed +=
              result.refusal().isPresent() ? 0 : one.instances().size() - result.rejected().size();
        }
      }
    }
    assertThat((double) passed / all).isGreaterThan(0.86);
  }
}
