package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a daemon that is gone may leave in its home. */
public final class Leftovers {

  private static final Set<String> STAY = Set.of("models", "llm.log", "llm.log.1", "cache");

  private Leftovers() {}

  /** That it has left its log, whole files of what it computed, and nothing else. */
  public static void assertNone(Path home) throws IOException {
    assertThat(names(home)).as("what is left in the home directory").isSubsetOf(STAY);
    Path prefixes = home.resolve("cache/prefixes");
    if (Files.exists(prefixes)) {
      assertThat(names(prefixes))
          .as("what is kept")
          .allMatch(name -> name.matches(".+\\.(kv|model)"));
    }
    Path tables = home.resolve("cache/tables");
    if (Files.exists(tables)) {
      assertThat(names(tables)).as("what is kept").allMatch(name -> name.endsWith(".tables"));
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
