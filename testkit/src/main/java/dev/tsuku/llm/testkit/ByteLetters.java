package dev.tsuku.llm.testkit;

/**
 * The letters by which byte-level vocabularies write bytes: a printable one stands for itself, the
 * others for the letters from U+0100 on.
 */
final class ByteLetters {

  private static final char[] LETTERS = letters();

  private ByteLetters() {}

  static String of(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte value : bytes) {
      text.append(LETTERS[value & 0xff]);
    }
    return text.toString();
  }

  private static char[] letters() {
    char[] letters = new char[256];
    char next = 0x100;
    for (char value = 0; value < letters.length; value++) {
      boolean printable =
          (value >= '!' && value <= '~')
              || (value >= 0xa1 && value <= 0xac)
              || (value >= 0xae && value <= 0xff);
      letters[value] = printable ? value : next++;
    }
    return letters;
  }
}
