package dev.tsuku.llm.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Files beside the repository, too big or not ours to be in it. A test without them is skipped. */
public final class SharedFiles {

  private SharedFiles() {}

  /** The root of the repository. */
  public static Path root() {
    String root = System.getProperty("tsuku.root");
    if (root == null) {
      throw new IllegalStateException(
          "the system property tsuku.root does not name the repository");
    }
    return Path.of(root).toAbsolutePath().normalize();
  }

  /**
   * One of the shared files; skips the test if it is not there.
   *
   * @param name such as {@code "models/stories260K.gguf"}
   */
  public static Path require(String name) {
    Path file = root().resolveSibling("shared").resolve(name);
    Assumptions.assumeTrue(
        Files.exists(file), () -> "this test needs " + file + ", which is missing");
    return file;
  }
}
