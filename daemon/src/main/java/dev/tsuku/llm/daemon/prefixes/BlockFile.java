package dev.tsuku.llm.daemon.prefixes;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;

/**
 * The form of a file with one block: a magic number, the block's key, its tokens, the state of the
 * model behind them, and the SHA-256 of all that. Numbers are little-endian.
 *
 * <p>Written beside its place and then moved there, so that no half of one is ever seen; what a
 * power failure leaves half-written fails its checksum.
 */
final class BlockFile {

  /** What every block's name ends with. */
  static final String SUFFIX = CacheFolder.PREFIX_SUFFIX;

  /** What the name of one that is being written ends with. */
  static final String HALF = ".new";

  private static final byte[] MAGIC = "tsukukv1".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;
  private static final int DIGEST_BYTES = 32;
  private static final int HEADER_BYTES = MAGIC.length + KEY_BYTES + Integer.BYTES;

  private static final int SLICE_BYTES = 1 << 20;

  private BlockFile() {}

  /** Writes a block that only its owner may read. */
  static void write(Path file, String key, int[] tokens, byte[] state) throws IOException {
    ByteBuffer header = header(key, tokens);
    MessageDigest digest = sha256();
    digest.update(header.duplicate());
    digest.update(state);
    Path half = file.resolveSibling(file.getFileName() + HALF);
    Files.deleteIfExists(half);
    try {
      try (FileChannel channel =
          FileChannel.open(
              half,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        for (ByteBuffer part :
            new ByteBuffer[] {header, ByteBuffer.wrap(state), ByteBuffer.wrap(digest.digest())}) {
          // The JDK keeps native memory as large as the largest piece that a thread has written.
          while (part.hasRemaining()) {
            int count = Math.min(part.remaining(), SLICE_BYTES);
            part.position(part.position() + channel.write(part.slice(part.position(), count)));
          }
        }
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(half);
      throw e;
    }
  }

  /**
   * Reads a block and checks all of it.
   *
   * @param memory to read into, if it is large enough
   * @return the memory, or other, in which the state lies from the position to the limit
   * @throws IOException if it is not there, or not what was written
   */
  static ByteBuffer read(Path file, String key, int[] tokens, ByteBuffer memory)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      ByteBuffer expected = header(key, tokens);
      if (size <= expected.remaining() + DIGEST_BYTES || size > Integer.MAX_VALUE) {
        throw new IOException("it has " + size + " bytes, which cannot be");
      }
      ByteBuffer all =
          (memory.capacity() >= size ? memory : ByteBuffer.allocateDirect((int) size)).clear();
      all.limit((int) size);
      while (all.hasRemaining()) {
        if (channel.read(all) < 0) {
          throw new EOFException("it has become shorter");
        }
      }
      all.flip();
      if (!all.slice(0, expected.remaining()).equals(expected)) {
        throw new IOException("it holds something else");
      }
      int end = (int) size - DIGEST_BYTES;
      byte[] written = new byte[DIGEST_BYTES];
      all.get(end, written);
      MessageDigest digest = sha256();
      digest.update(all.slice(0, end));
      if (!Arrays.equals(digest.digest(), written)) {
        throw new IOException("its checksum is wrong");
      }
      return all.position(expected.remaining()).limit(end);
    }
  }

  private static ByteBuffer header(String key, int[] tokens) {
    ByteBuffer header =
        ByteBuffer.allocate(HEADER_BYTES + tokens.length * Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(MAGIC)
            .put(HexFormat.of().parseHex(key))
            .putInt(tokens.length);
    for (int token : tokens) {
      header.putInt(token);
    }
    return header.flip();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
