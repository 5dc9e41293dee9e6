package dev.tsuku.llm.daemon.prefixes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The SHA-256 of a model's file. It takes seconds for gigabytes, so it is remembered beside the
 * prefixes, under a name made of what changes when the file does: its device, number, size and time
 * of last change.
 */
final class ModelDigest {

  static final String SUFFIX = ".model";

  private static final int CHUNK_BYTES = 1 << 20;
  private static final int DIGITS = 64;

  private final Path model;
  private final Path folder;

  ModelDigest(Path model, Path folder) {
    this.model = model;
    this.folder = folder;
  }

  /** What an earlier call of {@link #compute} found, if the file has not changed since. */
  Optional<String> remembered() throws IOException {
    Path note = note();
    if (!Files.isRegularFile(note, LinkOption.NOFOLLOW_LINKS) || Files.size(note) != DIGITS) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(note)).filter(text -> text.matches("[0-9a-f]{64}"));
  }

  /**
   * Reads the whole file.
   *
   * @param isUnwanted asked after each MiB
   * @return empty if it is not wanted any more, or the file changed meanwhile
   */
  Optional<String> compute(BooleanSupplier isUnwanted) throws IOException {
    Path before = note();
    MessageDigest digest = BlockFile.sha256();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(model)) {
      while (channel.read(chunk.clear()) >= 0) {
        digest.update(chunk.flip());
        if (isUnwanted.getAsBoolean()) {
          return Optional.empty();
        }
      }
    }
    String found = HexFormat.of().formatHex(digest.digest());
    Path note = note();
    if (!note.equals(before)) {
      return Optional.empty();
    }
    Path half = note.resolveSibling(note.getFileName() + BlockFile.HALF);
    Files.deleteIfExists(half);
    Files.createFile(
        half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(half, found, StandardOpenOption.WRITE);
    Files.move(half, note, StandardCopyOption.ATOMIC_MOVE);
    return Optional.of(found);
  }

  private Path note() throws IOException {
    Map<String, Object> facts = Files.readAttributes(model, "unix:dev,ino,size,lastModifiedTime");
    String name =
        facts.get("dev")
            + "-"
            + facts.get("ino")
            + "-"
            + facts.get("size")
            + "-"
            + facts.get("lastModifiedTime");
    return folder.resolve(name.replace(':', '.') + SUFFIX);
  }
}
