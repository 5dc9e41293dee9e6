package dev.tsuku.llm.daemon.tables;

import dev.tsuku.llm.daemon.socket.FileOwner;
import dev.tsuku.llm.grammar.vocabulary.TableReader;
import dev.tsuku.llm.grammar.vocabulary.TableWriter;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The form of a file with the tables of one vocabulary: what it is, the form of the tables, the key
 * of the vocabulary, the tables, and the CRC-32C of all that.
 *
 * <p>Written beside its place and then moved there, so that no half of one is ever seen by whoever
 * reads at the same time; what a power failure leaves half-written fails its checksum. Each write
 * has a random name, so that two at once do not meet.
 */
final class TablesFile {

  /** What the name of one that is being written ends with. */
  static final String HALF = ".new";

  private static final byte[] KIND = "tsuku-llm tables".getBytes(StandardCharsets.US_ASCII);

  private TablesFile() {}

  /** Writes tables that only their owner may read. If that fails, nothing of them is left. */
  static void write(Path file, TablesKey key, VocabularyTables tables) throws IOException {
    Path half =
        file.resolveSibling(
            file.getFileName()
                + "."
                + HexFormat.of().toHexDigits(new SplittableRandom().nextLong())
                + HALF);
    FileChannel created =
        FileChannel.open(
            half,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      try (FileChannel channel = created) {
        TableWriter out = new TableWriter(channel);
        out.bytes(KIND);
        out.number(VocabularyTables.FORMAT);
        key.writeTo(out);
        tables.writeTo(out);
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Files.deleteIfExists(half);
      throw e;
    }
  }

  /**
   * Reads tables and checks all of them.
   *
   * @throws IOException if they are not there, or not what was written, or written in another form
   */
  static VocabularyTables read(Path file, TablesKey key) throws IOException {
    Optional<String> objection = FileOwner.objection(file);
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      if (size > TablesFolder.LIMIT_BYTES) {
        throw new IOException("it has " + size + " bytes, which cannot be");
      }
      TableReader in = new TableReader(channel, size);
      if (!in.nextIs(KIND)) {
        throw new IOException("it holds something else");
      }
      if (in.number() != VocabularyTables.FORMAT) {
        throw new IOException("it is of another version");
      }
      if (!key.isNext(in)) {
        throw new IOException("it is of another vocabulary");
      }
      return VocabularyTables.readFrom(in);
    }
  }
}
