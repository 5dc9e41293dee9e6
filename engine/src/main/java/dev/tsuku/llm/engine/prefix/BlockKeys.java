package dev.tsuku.llm.engine.prefix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names blocks of tokens by what they are: the key of a block is the SHA-256 of the key before it
 * and of its tokens. So two blocks have one key only if everything up to their ends is the same.
 */
public final class BlockKeys {

  private static final HexFormat HEX = HexFormat.of();

  private BlockKeys() {}

  /** The key before the first block, of everything that all blocks have in common. */
  public static String root(String identity) {
    return HEX.formatHex(sha256().digest(identity.getBytes(StandardCharsets.UTF_8)));
  }

  /** The key of a block. */
  public static String next(String before, int[] tokens) {
    ByteBuffer bytes =
        ByteBuffer.allocate(tokens.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(tokens);
    MessageDigest digest = sha256();
    digest.update(HEX.parseHex(before));
    digest.update(bytes);
    return HEX.formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
