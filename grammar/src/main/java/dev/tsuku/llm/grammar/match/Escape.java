package dev.tsuku.llm.grammar.match;

import java.util.List;

/**
 * Where one is in an escape of a string: only those are written that cannot be done without, in
 * their shortest form.
 */
enum Escape {
  NONE,
  BACKSLASH,
  U,
  U0,
  U00,
  U000,
  U001;

  /** The byte is refused. */
  static final int WRONG = -1;

  /** The byte leads on within the escape. */
  static final int WITHIN = -2;

  /** Control characters with an escape of their own. */
  private static final String SHORT = "\b\t\n\f\r";

  private static final int HEX = 16;

  /** Texts that end it. */
  List<String> ends() {
    return switch (this) {
      case NONE -> List.of("");
      case BACKSLASH -> List.of("\"", "\\", "n", "t", "r", "b", "f", "u");
      case U, U0 -> List.of("0");
      case U00 -> List.of("0", "1");
      case U000, U001 -> "0123456789abcdef".chars().mapToObj(Character::toString).toList();
    };
  }

  /** Where a byte of a string leads. */
  Escape next(int b) {
    return switch (this) {
      case NONE -> b == '\\' ? BACKSLASH : NONE;
      case BACKSLASH -> b == 'u' ? U : NONE;
      case U -> U0;
      case U0 -> U00;
      case U00 -> b == '0' ? U000 : U001;
      case U000, U001 -> NONE;
    };
  }

  /** The byte of text that a byte of a string completes, or {@link #WITHIN} or {@link #WRONG}. */
  int text(int b) {
    return switch (this) {
      case NONE -> b == '\\' ? WITHIN : b < ' ' ? WRONG : b;
      case BACKSLASH ->
          switch (b) {
            case '"', '\\' -> b;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> WITHIN;
            default -> WRONG;
          };
      case U, U0 -> b == '0' ? WITHIN : WRONG;
      case U00 -> (b == '0' || b == '1') ? WITHIN : WRONG;
      case U000 -> control(0, b);
      case U001 -> control(HEX, b);
    };
  }

  private static int control(int high, int b) {
    int digit = (b >= 'A' && b <= 'F') ? -1 : Character.digit(b, HEX);
    if (digit < 0) {
      return WRONG;
    }
    return SHORT.indexOf(high + digit) >= 0 ? WRONG : high + digit;
  }
}
