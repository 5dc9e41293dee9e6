package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.regex.Dfa;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What strings may be that have to occur in a request's messages: the annotation {@code
 * x-grounded}, with which an extraction cannot make anything up. Belongs to one reading of a
 * schema.
 */
public final class Grounds {

  /** No messages are known, and so every string will do: for looking at a schema by itself. */
  public static final Grounds ANY = new Grounds(Optional.empty());

  private final Optional<List<String>> messages;
  private @Nullable Dfa substrings;
  private @Nullable Dfa quoted;
  private final Map<String, Dfa> underMember = new HashMap<>();
  private final Map<WordRule, Dfa> wordSpans = new HashMap<>();

  private record WordRule(boolean ignoresCase, int maxWords) {}

  private Grounds(Optional<List<String>> messages) {
    this.messages = messages;
  }

  /** What occurs in these messages. */
  public static Grounds of(List<String> messages) {
    return new Grounds(Optional.of(List.copyOf(messages)));
  }

  /** Any part of a message that is not empty; empty if nothing is asked for. */
  Optional<Supplier<Dfa>> substring() {
    return messages.map(
        said ->
            () -> {
              Dfa known = substrings;
              if (known == null) {
                known = Dfa.substrings(said);
                substrings = known;
              }
              return known;
            });
  }

  /**
   * Stretches that begin and end with a word; empty if nothing is asked for.
   *
   * @param ignoresCase whether the first letter of a word may be of either case, and all others
   *     also be small
   * @param maxWords how many words there may be; 0 for any number
   */
  Optional<Supplier<Dfa>> words(boolean ignoresCase, int maxWords) {
    return messages.map(
        said ->
            () ->
                wordSpans.computeIfAbsent(
                    new WordRule(ignoresCase, maxWords),
                    rule -> Dfa.wordSpans(said, ignoresCase, maxWords)));
  }

  /** Whole JSON strings, and whole lines that hold none; empty if nothing is asked for. */
  Optional<Supplier<Dfa>> quoted() {
    return messages.map(
        said ->
            () -> {
              Dfa known = quoted;
              if (known == null) {
                known = Dfa.manyWords(quoted(said));
                quoted = known;
              }
              return known;
            });
  }

  /**
   * JSON strings in the values of the members of a name; empty if nothing is asked for.
   *
   * @param member such as {@code assets}, for {@code "assets": ["a", "b"]} anywhere in a message
   */
  Optional<Supplier<Dfa>> under(String member) {
    return messages.map(
        said -> () -> underMember.computeIfAbsent(member, it -> Dfa.manyWords(under(said, it))));
  }

  /** The strings in the values of the members of a name, names of members not among them. */
  static Set<String> under(List<String> texts, String member) {
    Set<String> found = new LinkedHashSet<>();
    String name = JsonWriter.compact(new Json.Text(member));
    for (String text : texts) {
      int at = text.indexOf(name);
      while (at >= 0) {
        int after = skipSpace(text, at + name.length());
        at += name.length();
        if (after < text.length() && text.charAt(after) == ':') {
          at = addValue(text, after + 1, found);
        }
        at = text.indexOf(name, at);
      }
    }
    found.remove("");
    return found;
  }

  /** Adds the strings of the value that begins at an index; where it ends. */
  private static int addValue(String text, int start, Set<String> found) {
    int depth = 0;
    int at = skipSpace(text, start);
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        int end = endOfString(text, at);
        if (end < 0) {
          return text.length();
        }
        int next = skipSpace(text, end);
        if (next == text.length() || text.charAt(next) != ':') {
          addString(text.substring(at, end), found);
        }
        at = end;
      } else {
        depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
        at++;
      }
      if (depth < 0 || (depth == 0 && (c == '"' || c == ']' || c == '}' || c == ','))) {
        return at;
      }
    }
    return at;
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** The index after the quote that ends a string; negative if its line ends first. */
  private static int endOfString(String text, int start) {
    for (int at = start + 1; at < text.length() && text.charAt(at) != '\n'; at++) {
      if (text.charAt(at) == '\\') {
        at++;
      } else if (text.charAt(at) == '"') {
        return at + 1;
      }
    }
    return -1;
  }

  /**
   * The JSON strings and the other lines of texts. JSON strings never span lines, so quotes are
   * paired line by line, and a stray one spoils no more than its own.
   */
  static Set<String> quoted(List<String> texts) {
    Set<String> found = new LinkedHashSet<>();
    for (String text : texts) {
      text.lines()
          .forEach(
              line -> {
                if (line.indexOf('"') >= 0) {
                  addStrings(line, found);
                } else if (!line.isBlank()) {
                  found.add(line.strip());
                }
              });
    }
    found.remove("");
    return found;
  }

  private static void addStrings(String line, Set<String> found) {
    int start = line.indexOf('"');
    while (start >= 0) {
      int end = endOfString(line, start);
      if (end < 0) {
        return;
      }
      addString(line.substring(start, end), found);
      start = line.indexOf('"', end);
    }
  }

  private static void addString(String quoted, Set<String> found) {
    try {
      if (JsonReader.read(quoted) instanceof Json.Text text) {
        found.add(text.value());
      }
    } catch (JsonException e) {
      // Something between quotes that is no JSON.
    }
  }
}
