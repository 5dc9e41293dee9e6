package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The SHA-256 of every library of one prebuilt package, recorded when this program was built. The
 * files are those that {@code sha256sum} writes, so {@code sha256sum -c} reads them too.
 *
 * @param hashes lower-case hexadecimal by file name
 */
record LibraryManifest(Map<String, String> hashes) {

  private static final int BUFFER_BYTES = 1 << 16;

  /** The manifest of a package, from this program's own resources. */
  static LibraryManifest of(String bundle) {
    String resource = bundle + ".sha256";
    try (InputStream in = LibraryManifest.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("this build has no resource " + resource);
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LibraryManifest parse(String lines) {
    Map<String, String> hashes = new TreeMap<>();
    lines.lines().forEach(line -> hashes.put(line.substring(66), line.substring(0, 64)));
    return new LibraryManifest(hashes);
  }

  /**
   * Checks that the libraries in a folder are the recorded ones: all of them, none changed, and
   * none beside them that would be loaded too.
   *
   * @throws BackendException of kind {@code UNUSABLE} naming the first that is not
   */
  void verify(LibraryDirectory directory, Platform platform) {
    List<Path> found = directory.parts(platform);
    for (Path file : found) {
      if (!hashes.containsKey(file.getFileName().toString())) {
        throw unusable("The file " + file + " does not belong to this program's llama.cpp.");
      }
    }
    NotedChecksums noted = NotedChecksums.in(directory.path());
    List<Map.Entry<String, String>> left = new ArrayList<>();
    for (Map.Entry<String, String> entry : hashes.entrySet()) {
      Path file = directory.path().resolve(entry.getKey());
      if (!verify(file, () -> noted.matches(file, entry.getValue()))) {
        left.add(entry);
      }
    }
    left.parallelStream()
        .forEach(
            entry -> {
              Path file = directory.path().resolve(entry.getKey());
              verify(file, () -> Optional.of(sha256(file).equals(entry.getValue())));
            });
  }

  private interface Comparison {
    Optional<Boolean> compare() throws IOException;
  }

  /** Whether there was something to compare with. */
  private static boolean verify(Path file, Comparison comparison) {
    try {
      Optional<Boolean> same = comparison.compare();
      if (same.isPresent() && !same.get()) {
        throw unusable("The library " + file + " has been changed since this program was built.");
      }
      return same.isPresent();
    } catch (NoSuchFileException e) {
      throw unusable("The library " + file + " is missing.");
    } catch (IOException e) {
      throw new BackendException(
          BackendException.Kind.UNUSABLE, "Cannot read the library " + file + ": " + e, e);
    }
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
    try (var in = new DigestInputStream(Files.newInputStream(file), digest)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      while (in.read(buffer) >= 0) {
        // Reading feeds the digest.
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static BackendException unusable(String what) {
    return new BackendException(
        BackendException.Kind.UNUSABLE,
        what
            + " Install this program again; a build of your own goes into a folder that"
            + " TSUKU_LLM_LIBRARY_PATH names.");
  }
}
