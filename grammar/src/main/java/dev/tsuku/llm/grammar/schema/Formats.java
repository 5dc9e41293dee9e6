package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.regex.Language;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The values of {@code format} that are enforced, each by a pattern; those the schema's standard
 * names and that a pattern can tell. All others are annotations.
 *
 * <p>Where a format leaves a choice that readers handle differently, the patterns are narrow: what
 * is written under them is read by everybody.
 */
final class Formats {

  private static final String YEAR_MONTH_DAY =
      "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
          + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
          + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String IPV4 = OCTET + "(?:\\." + OCTET + "){3}";
  private static final String HEXTET = "[0-9A-Fa-f]{1,4}";
  private static final String IPV6 = ipv6();
  private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
  private static final String IDN_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-]+";
  private static final UriFormats URIS = UriFormats.ascii(IPV6);
  private static final UriFormats IRIS = UriFormats.international(IPV6);
  private static final String POINTER = "(?:/(?:[^/~]|~[01])*)*";

  private static final String REGEX = regex();

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("date-time", YEAR_MONTH_DAY + "[Tt]" + TIME),
          Map.entry("date", YEAR_MONTH_DAY),
          Map.entry("time", TIME),
          Map.entry("email", ATOM + "(?:\\." + ATOM + ")*@" + HostFormats.ascii()),
          Map.entry(
              "idn-email", IDN_ATOM + "(?:\\." + IDN_ATOM + ")*@" + HostFormats.international()),
          Map.entry(
              "uuid",
              "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
          Map.entry("hostname", HostFormats.SHORT + HostFormats.ascii()),
          Map.entry("idn-hostname", HostFormats.SHORT + HostFormats.international()),
          Map.entry("ipv4", IPV4),
          Map.entry("ipv6", IPV6),
          Map.entry("uri", URIS.absolute()),
          Map.entry("uri-reference", URIS.reference()),
          Map.entry("iri", IRIS.absolute()),
          Map.entry("iri-reference", IRIS.reference()),
          Map.entry("uri-template", UriFormats.template()),
          Map.entry("regex", REGEX),
          Map.entry("json-pointer", POINTER),
          Map.entry("relative-json-pointer", "(?:0|[1-9]\\d*)(?:#|" + POINTER + ")"),
          Map.entry(
              "duration",
              "P(?:\\d+W|(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)"
                  + "(?:T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S))?"
                  + "|T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S))"));

  private static final Map<String, Language> COMPILED = new ConcurrentHashMap<>();

  private Formats() {}

  /** The texts of a format; empty if it is no more than an annotation. */
  static Optional<Language> find(String name) {
    String pattern = PATTERNS.get(name);
    return pattern == null
        ? Optional.empty()
        : Optional.of(
            COMPILED.computeIfAbsent(name, key -> Language.search("^(?:" + pattern + ")$")));
  }

  /**
   * Regular expressions that every reader of them understands: groups two deep, and only the usual
   * ranges and repetitions.
   */
  private static String regex() {
    String ranges = "[^\\\\\\[\\]^-]|a-[fz]|A-[FZ]|0-[1-9]|1-[2-9]";
    String times = "[*+?]|\\{(?:\\d{1,3},?|0,\\d{1,3}|1,[1-9]\\d{0,2})\\}";
    String escape = "\\\\(?:[dDwWsStnrfv]|[\\^$\\\\.*+?()\\[\\]{}|/-])";
    String set = "\\[\\^?(?:" + ranges + "|" + escape + ")+-?\\]";
    String atom = "(?:[^\\\\()\\[\\]{}*+?^$]|" + escape + "|" + set + ")";
    String level = "(?:" + atom + "(?:(?:" + times + ")\\??)?|[\\^$])*";
    for (int depth = 0; depth < 2; depth++) {
      String group = "\\((?:\\?:)?" + level + "\\)";
      level = "(?:(?:" + atom + "|" + group + ")(?:(?:" + times + ")\\??)?|[\\^$])*";
    }
    return level;
  }

  /** All places where the one {@code ::} may stand, and none. */
  private static String ipv6() {
    StringBuilder all = new StringBuilder("(?:(?:" + HEXTET + ":){7}" + HEXTET);
    all.append("|(?:").append(HEXTET).append(":){6}").append(IPV4);
    for (int before = 0; before <= 7; before++) {
      String head = before == 0 ? "" : HEXTET + "(?::" + HEXTET + "){" + (before - 1) + "}";
      int most = 7 - before;
      String tail = most == 0 ? "" : "(?:" + HEXTET + "(?::" + HEXTET + "){0," + (most - 1) + "})?";
      all.append('|').append(head).append("::").append(tail);
      if (before <= 5) {
        all.append('|').append(head).append("::");
        all.append("(?:")
            .append(HEXTET)
            .append(":){0,")
            .append(5 - before)
            .append('}')
            .append(IPV4);
      }
    }
    return all.append(')').toString();
  }
}
