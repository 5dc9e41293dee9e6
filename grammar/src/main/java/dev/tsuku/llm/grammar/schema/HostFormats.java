package dev.tsuku.llm.grammar.schema;

/**
 * Patterns of the names of hosts, in ASCII and in Unicode. Which names in Unicode are valid (RFC
 * 5890 to 5893) depends on the length of their Punycode and on the direction of their letters,
 * which a pattern cannot tell; so it allows letters that are written from left to right, of
 * wide-spread scripts, in labels so short that their Punycode fits.
 */
final class HostFormats {

  /** A part of a name in ASCII. */
  static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

  /** That a whole text is not too long for a name. */
  static final String SHORT = "(?=[^]{1,253}$)";

  /** Latin, Greek and Cyrillic small letters. */
  private static final String NEAR =
      "ß-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž" + "ΐά-ώа-џ";

  /** Devanagari, Thai, Japanese, Chinese and Korean; marks come behind letters. */
  private static final String FAR = "अ-हก-ะぁ-ゖァ-ヺー々〇一-鿿가-힣";

  private static final String MARKS = "ा-्ัิ-ฺ็-๎";

  private static final int MOST_NEAR = 26;
  private static final int MOST_FAR = 11;

  private HostFormats() {}

  static String ascii() {
    return LABEL + "(?:\\." + LABEL + ")*";
  }

  static String international() {
    // What begins like Punycode would have to be decoded.
    String label =
        "(?!..--)(?:"
            + LABEL
            + "|"
            + label(NEAR, "", MOST_NEAR)
            + "|"
            + label(FAR, MARKS, MOST_FAR)
            + ")";
    return label + "(?:[.。．｡]" + label + ")*";
  }

  private static String label(String letters, String marks, int most) {
    String first = "[a-z0-9" + letters + "]";
    String last = "[a-z0-9" + letters + marks + "]";
    String inner = "[a-z0-9" + letters + marks + "-]";
    return first + "(?:" + inner + "{0," + (most - 2) + "}" + last + ")?";
  }
}
