package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The model that is part of the distribution. It is used only if its SHA-256 is the one recorded in
 * this build. Thread-safe.
 */
public final class BuiltinModel {

  /** Its name in requests. */
  public static final String NAME = "builtin";

  private static final String FILE = NAME + ".gguf";
  private static final String MANIFEST = NAME + ".sha256";

  private final Path file;
  private final String expected;

  private volatile boolean verified;

  BuiltinModel(Path file, String expected) {
    this.file = file;
    this.expected = expected;
  }

  /**
   * The built-in model in a directory of the distribution.
   *
   * @return empty if the distribution has none
   */
  public static Optional<BuiltinModel> in(Path directory) {
    Path file = directory.resolve(FILE);
    return Files.exists(file) ? Optional.of(new BuiltinModel(file, recorded())) : Optional.empty();
  }

  /** The hash in the manifest, a line of {@code sha256sum} output. */
  private static String recorded() {
    try (InputStream in = BuiltinModel.class.getResourceAsStream(MANIFEST)) {
      if (in == null) {
        throw new IllegalStateException("this build has no resource " + MANIFEST);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).split(" ", 2)[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its file. */
  Path path() {
    return file;
  }

  /**
   * Compares the file's SHA-256 with the recorded one, until that has succeeded once.
   *
   * @throws ModelException if they differ
   */
  void verify() {
    if (verified) {
      return;
    }
    if (!sha256().equals(expected)) {
      throw new ModelException(
          Kind.DAMAGED,
          "The built-in model "
              + file
              + " is not the file of this build: its SHA-256 differs. Install tsuku-llm again, or name"
              + " another model with --model or TSUKU_LLM_MODEL.");
    }
    verified = true;
  }

  private String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    } catch (IOException e) {
      throw ModelFiles.unreadable(file, e);
    }
  }
}
