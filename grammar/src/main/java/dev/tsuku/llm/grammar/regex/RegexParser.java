package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Reads ECMA-262 patterns in Unicode mode, as forgiving as validators are: an escape of a character
 * that needs none stands for itself.
 */
final class RegexParser {

  private static final int MOST_CHARS = 20_000;
  private static final int MOST_DEPTH = 100;
  private static final int MOST_REPEATS = 100_000;
  private static final int MOST_PROPERTIES = 32;

  /** Long names of general categories, as ECMA-262 allows them. */
  private static final Map<String, String> CATEGORIES =
      Map.ofEntries(
          Map.entry("Letter", "L"),
          Map.entry("Uppercase_Letter", "Lu"),
          Map.entry("Lowercase_Letter", "Ll"),
          Map.entry("Number", "N"),
          Map.entry("Decimal_Number", "Nd"),
          Map.entry("digit", "Nd"),
          Map.entry("Punctuation", "P"),
          Map.entry("punct", "P"),
          Map.entry("Symbol", "S"),
          Map.entry("Separator", "Z"),
          Map.entry("Mark", "M"),
          Map.entry("Other", "C"),
          Map.entry("ASCII", "ASCII"),
          Map.entry("Alphabetic", "IsAlphabetic"),
          Map.entry("White_Space", "IsWhite_Space"));

  private static final Regex ANY = new Regex.One(CodePoints.ALL);

  private static final Map<String, CodePoints> PROPERTIES = new ConcurrentHashMap<>();

  private final String pattern;
  private int at;
  private final Set<String> properties = new HashSet<>();
  private int depth;

  /** How many look-behinds this stands in. */
  private int behinds;

  private RegexParser(String pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads a whole pattern.
   *
   * @throws RegexException if it is none, or not one that can be honoured
   */
  static Regex parse(String pattern) {
    if (pattern.length() > MOST_CHARS) {
      throw new RegexException("it has more than " + MOST_CHARS + " characters");
    }
    RegexParser parser = new RegexParser(pattern);
    Regex whole = parser.choice();
    if (parser.at < pattern.length()) {
      throw parser.wrong("')' without '('");
    }
    return whole;
  }

  private RegexException wrong(String what) {
    return new RegexException(what + " at character " + (at + 1));
  }

  private boolean ends() {
    return at >= pattern.length();
  }

  private char peek() {
    return pattern.charAt(at);
  }

  private boolean skip(String text) {
    if (pattern.startsWith(text, at)) {
      at += text.length();
      return true;
    }
    return false;
  }

  private Regex choice() {
    if (++depth > MOST_DEPTH) {
      throw wrong("groups are nested more than " + MOST_DEPTH + " deep");
    }
    List<Regex> parts = new ArrayList<>();
    do {
      parts.add(sequence());
    } while (skip("|"));
    depth--;
    return parts.size() == 1 ? parts.getFirst() : new Regex.Choice(parts);
  }

  private Regex sequence() {
    List<Regex> parts = new ArrayList<>();
    while (!ends() && peek() != '|' && peek() != ')') {
      int start = at;
      Regex atom = atom();
      parts.add(repeated(atom, isAssertion(start)));
    }
    return Regex.sequence(parts);
  }

  private Regex repeated(Regex atom, boolean isAssertion) {
    int least;
    int most;
    if (skip("*")) {
      least = 0;
      most = -1;
    } else if (skip("+")) {
      least = 1;
      most = -1;
    } else if (skip("?")) {
      least = 0;
      most = 1;
    } else if (isBounds()) {
      at++;
      least = integer();
      most = least;
      if (skip(",")) {
        most = peek() == '}' ? -1 : integer();
      }
      skip("}");
      if (most >= 0 && most < least) {
        throw wrong("a repetition whose bounds are the wrong way round ends");
      }
    } else {
      return atom;
    }
    if (isAssertion) {
      throw wrong("a repeated anchor or look-around ends");
    }
    // Lazy or not, the same texts match.
    skip("?");
    if (!ends() && ("*+?".indexOf(peek()) >= 0 || isBounds())) {
      throw wrong("a repetition of a repetition stands");
    }
    return new Regex.Repeat(atom, least, most);
  }

  /** Whether what begins at a character takes none of the text. */
  private boolean isAssertion(int start) {
    return pattern.charAt(start) == '^'
        || pattern.charAt(start) == '$'
        || Stream.of("(?=", "(?!", "(?<=", "(?<!", "\\b", "\\B", "\\A", "\\Z", "\\z")
            .anyMatch(opening -> pattern.startsWith(opening, start));
  }

  /** A brace that does not begin bounds stands for itself. */
  private boolean isBounds() {
    if (ends() || peek() != '{') {
      return false;
    }
    int i = at + 1;
    int digits = i;
    while (i < pattern.length() && Character.isDigit(pattern.charAt(i))) {
      i++;
    }
    if (i == digits) {
      return false;
    }
    if (i < pattern.length() && pattern.charAt(i) == ',') {
      i++;
      while (i < pattern.length() && Character.isDigit(pattern.charAt(i))) {
        i++;
      }
    }
    return i < pattern.length() && pattern.charAt(i) == '}';
  }

  private int integer() {
    int start = at;
    while (!ends() && Character.isDigit(peek())) {
      at++;
    }
    String digits = pattern.substring(start, at);
    if (digits.length() > 6 || Integer.parseInt(digits) > MOST_REPEATS) {
      throw wrong("a repetition of more than " + MOST_REPEATS + " times ends");
    }
    return Integer.parseInt(digits);
  }

  private Regex atom() {
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return switch (c) {
      case '^' -> new Regex.Start();
      case '$' -> end();
      case '.' -> new Regex.One(CodePoints.LINE_ENDS.not());
      case '(' -> group();
      case '[' -> new Regex.One(set());
      case '\\' -> escape();
      case '*', '+', '?' -> throw wrong("a repetition of nothing ends");
      default -> new Regex.One(CodePoints.of(c, c));
    };
  }

  private Regex group() {
    if (skip("?")) {
      if (skip(":")) {
        // No capture.
      } else if (skip("=") || skip("!")) {
        return look(false, pattern.charAt(at - 1) == '!');
      } else if (skip("<=") || skip("<!")) {
        return look(true, pattern.charAt(at - 1) == '!');
      } else if (skip("<")) {
        int end = pattern.indexOf('>', at);
        if (end < 0) {
          throw wrong("a name of a group has no end");
        }
        at = end + 1;
      } else {
        throw wrong("a group that is no JavaScript, such as one with flags, (?i), begins");
      }
    }
    return inner();
  }

  private Regex inner() {
    Regex inner = choice();
    if (!skip(")")) {
      throw wrong("'(' has no ')'");
    }
    return inner;
  }

  private Regex look(boolean isBehind, boolean isNegated) {
    behinds += isBehind ? 1 : 0;
    Regex inner = inner();
    behinds -= isBehind ? 1 : 0;
    return new Regex.Look(Trimmer.trim(inner, isBehind, !isBehind), isBehind, isNegated);
  }

  /** The end of the text; within look-behind, that nothing follows. */
  private Regex end() {
    return behinds == 0 ? new Regex.End() : new Regex.Look(ANY, false, true);
  }

  private Regex escape() {
    if (ends()) {
      throw wrong("a backslash stands");
    }
    char c = peek();
    if (c == 'b' || c == 'B') {
      at++;
      return Regex.wordBoundary(c == 'B');
    }
    if ((c >= '1' && c <= '9') || c == 'k') {
      throw wrong("a reference back, which is not supported, stands");
    }
    return switch (c) {
      // As in other dialects, where schemas come from.
      case 'A' -> {
        at++;
        yield new Regex.Start();
      }
      case 'Z', 'z' -> {
        at++;
        yield end();
      }
      default -> new Regex.One(escapedSet());
    };
  }

  /** What stands behind a backslash, in a set or not. */
  private CodePoints escapedSet() {
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return switch (c) {
      case 'd' -> CodePoints.DIGITS;
      case 'D' -> CodePoints.DIGITS.not();
      case 'w' -> CodePoints.WORD;
      case 'W' -> CodePoints.WORD.not();
      case 's' -> CodePoints.SPACE;
      case 'S' -> CodePoints.SPACE.not();
      case 'p' -> property();
      case 'P' -> property().not();
      case 't' -> one('\t');
      case 'n' -> one('\n');
      case 'r' -> one('\r');
      case 'f' -> one('\f');
      case 'v' -> one(0x0b);
      case '0' -> one(0);
      case 'c' -> {
        if (ends() || !isLetter(peek())) {
          throw wrong("\\c without a letter ends");
        }
        yield one(pattern.charAt(at++) % 32);
      }
      case 'x' -> one(hex(2));
      case 'u' -> one(unicode());
      default -> {
        if (isLetter(c)) {
          throw wrong("the unknown escape \\" + Character.toString(c) + " ends");
        }
        yield one(c);
      }
    };
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static CodePoints one(int c) {
    return CodePoints.of(c, c);
  }

  private int unicode() {
    if (skip("{")) {
      int end = pattern.indexOf('}', at);
      if (end < 0 || end - at > 6) {
        throw wrong("\\u{ without an end stands");
      }
      int c = hex(end - at);
      at++;
      return c;
    }
    int c = hex(4);
    if (Character.isHighSurrogate((char) c) && skip("\\u")) {
      return Character.toCodePoint((char) c, (char) hex(4));
    }
    return c;
  }

  private int hex(int digits) {
    try {
      int value = Integer.parseInt(pattern, at, at + digits, 16);
      at += digits;
      if (value > CodePoints.LAST) {
        throw wrong("a character beyond Unicode ends");
      }
      return value;
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw wrong("an escape without its " + digits + " hexadecimal digits stands");
    }
  }

  private CodePoints property() {
    if (!skip("{")) {
      throw wrong("\\p without a name ends");
    }
    int end = pattern.indexOf('}', at);
    if (end < 0) {
      throw wrong("\\p{ without an end stands");
    }
    String name = pattern.substring(at, end);
    at = end + 1;
    String java =
        name.startsWith("Script=") || name.startsWith("sc=")
            ? "Is" + name.substring(name.indexOf('=') + 1)
            : CATEGORIES.getOrDefault(
                name.startsWith("General_Category=") ? name.substring(17) : name, name);
    // Java takes the names of scripts and blocks in any case; each is looked for once.
    String normal =
        java.startsWith("Is") || java.startsWith("In")
            ? java.substring(0, 2) + java.substring(2).toUpperCase(Locale.ROOT)
            : java;
    properties.add(normal);
    if (properties.size() > MOST_PROPERTIES) {
      throw wrong(
          "more than " + MOST_PROPERTIES + " different properties are used, and the last ends");
    }
    try {
      return PROPERTIES.computeIfAbsent(
          normal,
          key -> {
            java.util.function.Predicate<String> matches =
                Pattern.compile("\\p{" + key + "}").asMatchPredicate();
            return CodePoints.where(c -> matches.test(Character.toString(c)));
          });
    } catch (PatternSyntaxException e) {
      throw wrong("the unknown property '" + name + "' ends");
    }
  }

  private CodePoints set() {
    boolean negated = skip("^");
    CodePoints all = CodePoints.NONE;
    while (true) {
      if (ends()) {
        throw wrong("'[' has no ']'");
      }
      if (skip("]")) {
        return negated ? all.not() : all;
      }
      boolean wasClass = isClass();
      CodePoints first = member();
      if (!ends() && peek() == '-' && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']') {
        at++;
        boolean isClass = isClass();
        CodePoints last = member();
        if (wasClass || isClass) {
          all = all.or(first).or(one('-')).or(last);
        } else {
          int from = only(first);
          int to = only(last);
          if (to < from) {
            throw wrong("a range the wrong way round ends");
          }
          all = all.or(CodePoints.of(from, to));
        }
      } else {
        all = all.or(first);
      }
    }
  }

  private boolean isClass() {
    return at + 1 < pattern.length()
        && peek() == '\\'
        && "dDwWsSpP".indexOf(pattern.charAt(at + 1)) >= 0;
  }

  private static int only(CodePoints set) {
    return set.ranges().isEmpty() ? 0xd800 : set.ranges().getFirst().first();
  }

  private CodePoints member() {
    if (ends()) {
      throw wrong("'[' has no ']'");
    }
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    if (c != '\\') {
      return one(c);
    }
    if (ends()) {
      throw wrong("a backslash stands");
    }
    if (skip("b")) {
      return one('\b');
    }
    return escapedSet();
  }
}
