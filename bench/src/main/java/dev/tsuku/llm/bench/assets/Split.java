package dev.tsuku.llm.bench.assets;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * The split of the data set by owner, the same as {@code held_out} in training/releases.py: one
 * owner in eight is never trained on. Stateless.
 */
final class Split {

  private static final int PARTS = 8;

  private Split() {}

  /** Whether a repository, {@code owner/name}, is for evaluation. */
  static boolean isHeldOut(String repository) {
    String owner = repository.split("/", 2)[0].toLowerCase(Locale.ROOT);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(owner.getBytes(StandardCharsets.UTF_8));
      return Byte.toUnsignedInt(hash[0]) % PARTS == 0;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
