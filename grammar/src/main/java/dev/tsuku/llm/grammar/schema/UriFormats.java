package dev.tsuku.llm.grammar.schema;

/** Patterns of URIs (RFC 3986), of IRIs (RFC 3987) and of templates of both (RFC 6570). */
final class UriFormats {

  private static final String ESCAPED = "%[0-9A-Fa-f]{2}";

  /** Characters of IRIs beyond ASCII; and those for private use, which queries alone may have. */
  private static final String UNICODE = "\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef" + planes();

  private static final String PRIVATE =
      "\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}";

  private final String character;
  private final String noColon;
  private final String path;
  private final String rooted;
  private final String query;

  private UriFormats(String ipv6, String unicode, String inQueries) {
    String free = unicode + "A-Za-z0-9._~!$&'()*+,;=";
    this.character = "(?:[" + free + ":@-]|" + ESCAPED + ")";
    this.noColon = "(?:[" + free + "@-]|" + ESCAPED + ")";
    String host = "(?:[" + free + "-]|" + ESCAPED + ")";
    String user = "(?:[" + free + ":-]|" + ESCAPED + ")";
    String authority = "(?:" + user + "*@)?(?:\\[" + ipv6 + "\\]|" + host + "*)(?::\\d*)?";
    this.path = "(?:/" + character + "*)*";
    this.rooted = "(?://" + authority + path + "|/(?:" + character + "+" + path + ")?)";
    this.query =
        "(?:\\?(?:" + character + "|[" + inQueries + "/?])*)?(?:#(?:" + character + "|[/?])*)?";
  }

  /**
   * URIs.
   *
   * @param ipv6 the pattern of an address
   */
  static UriFormats ascii(String ipv6) {
    return new UriFormats(ipv6, "", "");
  }

  /** The same in Unicode: IRIs. */
  static UriFormats international(String ipv6) {
    return new UriFormats(ipv6, UNICODE, PRIVATE);
  }

  String absolute() {
    return "[A-Za-z][A-Za-z0-9+.-]*:(?:" + rooted + "|" + character + "+" + path + ")?" + query;
  }

  String reference() {
    return "(?:" + absolute() + "|(?:" + rooted + "|" + noColon + "+" + path + ")?" + query + ")";
  }

  /** Templates whose operators have a meaning. */
  static String template() {
    String literal =
        "(?:[!#$&'()*+,\\-./0-9:;=?@A-Z\\[\\]_a-z~" + UNICODE + PRIVATE + "]|" + ESCAPED + ")";
    String letter = "(?:[A-Za-z0-9_]|" + ESCAPED + ")";
    String variable = letter + "(?:\\.?" + letter + ")*(?:\\*|:[1-9]\\d{0,3})?";
    return "(?:" + literal + "|\\{[+#./;?&]?" + variable + "(?:," + variable + ")*\\})*";
  }

  /** The planes above the first, each without its last two characters. */
  private static String planes() {
    StringBuilder planes = new StringBuilder();
    for (int plane = 1; plane <= 14; plane++) {
      planes
          .append(String.format("\\u{%x}-", plane == 14 ? 0xe1000 : plane << 16))
          .append(String.format("\\u{%x}", (plane << 16) + 0xfffd));
    }
    return planes.toString();
  }
}
