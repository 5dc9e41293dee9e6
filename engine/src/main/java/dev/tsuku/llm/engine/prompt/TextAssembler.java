package dev.tsuku.llm.engine.prompt;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Joins the bytes of tokens into whole UTF-8 characters. Bytes of a character that is not complete
 * yet are held back; bytes that can be no character become U+FFFD. Used by one thread.
 */
public final class TextAssembler {

  private static final byte[] NONE = {};

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** The start of a character whose end has not come: at most three bytes. */
  private byte[] held = NONE;

  /**
   * Takes the next bytes.
   *
   * @return the characters that are complete now, possibly none. What is held back when the answer
   *     ends is never returned: half a character is no text.
   */
  public String append(byte[] bytes) {
    if (bytes.length == 0) {
      return "";
    }
    if (held.length == 0 && isAscii(bytes)) {
      // Nearly every token; a decoder takes ten times as long in code that is still interpreted.
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    ByteBuffer in = ByteBuffer.allocate(held.length + bytes.length).put(held).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining());
    decoder.reset();
    // Not the end of the input: an incomplete character at the end stays in the buffer.
    decoder.decode(in, out, false);
    held = in.hasRemaining() ? remainderOf(in) : NONE;
    return out.flip().toString();
  }

  /** Whether nothing is held back. */
  public boolean isWhole() {
    return held.length == 0;
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte value : bytes) {
      if (value < 0) {
        return false;
      }
    }
    return true;
  }

  private static byte[] remainderOf(ByteBuffer in) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return rest;
  }
}
