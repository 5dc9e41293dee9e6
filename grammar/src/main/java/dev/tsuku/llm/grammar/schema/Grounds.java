package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What strings may be that have to occur in a request's messages: the annotation {@code
 * x-grounded}, with which an extraction cannot make anything up. Belongs to one reading of a
 * schema.
 */
public final class Grounds {

  /** No messages are known, and so every string will do: for looking at a schema by itself. */
  public static final Grounds ANY = new Grounds(Optional.empty());

  /** Of the messages together, where whole words are asked for. */
  public static final int MOST_WORDS_BYTES = Dfa.MOST_WORD_SPANS_BYTES;

  private static final String KEYWORD = "x-grounded";

  /**
   * What the automata of all rules for words of a schema may cost together: about a second. One
   * without {@code maxWords} costs 1.1 to 1.4 for each byte, so two fit for as much text as is
   * allowed.
   */
  private static final int MOST_WORDS_COST = 400_000;

  private final Optional<List<String>> messages;
  private final long messagesBytes;
  private final Map<String, Dfa> known = new HashMap<>();
  private int wordsCost;

  /** What a string may be. */
  @FunctionalInterface
  interface Rule {

    /**
     * Its automaton, made when it is first asked for.
     *
     * @param pointer where in a schema it is asked for
     * @param check run now and then while it is made; it may throw, to end the work
     * @throws SchemaException if there is too much in the messages
     */
    Dfa texts(String pointer, Runnable check);
  }

  private Grounds(Optional<List<String>> messages) {
    this.messages = messages;
    this.messagesBytes =
        messages.stream()
            .flatMap(List::stream)
            .mapToLong(message -> message.getBytes(StandardCharsets.UTF_8).length)
            .sum();
  }

  /** What occurs in these messages. */
  public static Grounds of(List<String> messages) {
    return new Grounds(Optional.of(List.copyOf(messages)));
  }

  /** Any part of a message that is not empty; empty if nothing is asked for. */
  Optional<Rule> substring() {
    return rule(
        "substring",
        Dfa.MOST_SUBSTRINGS_BYTES,
        "Shorten the prompt",
        (said, check) -> Dfa.substrings(said));
  }

  /**
   * Stretches that begin and end with a word; empty if nothing is asked for.
   *
   * @param kind the value of the keyword
   * @param ignoresCase whether the first letter of a word may be of either case, and all others
   *     also be small
   * @param maxWords how many words there may be; 0 for any number
   */
  Optional<Rule> words(String kind, boolean ignoresCase, int maxWords) {
    return rule(
        kind,
        MOST_WORDS_BYTES,
        messagesBytes > Dfa.MOST_SUBSTRINGS_BYTES
            ? "Shorten the prompt"
            : maxWords > 0 && messagesBytes <= MOST_WORDS_BYTES
                ? "Shorten the prompt, leave maxWords out or use \"substring\""
                : "Shorten the prompt or use \"substring\"",
        (said, check) -> {
          Dfa words =
              Dfa.wordSpans(said, ignoresCase, maxWords, MOST_WORDS_COST - wordsCost, check);
          wordsCost += words.cost();
          return words;
        });
  }

  /** Whole JSON strings, and whole lines that hold none; empty if nothing is asked for. */
  Optional<Rule> quoted() {
    return rule(
        "quoted",
        Long.MAX_VALUE,
        "Shorten the prompt",
        (said, check) -> Dfa.manyWords(quoted(said)));
  }

  /**
   * JSON strings in the values of the members of a name; empty if nothing is asked for.
   *
   * @param member such as {@code assets}, for {@code "assets": ["a", "b"]} anywhere in a message
   */
  Optional<Rule> under(String member) {
    return rule(
        "under " + member,
        Long.MAX_VALUE,
        "Shorten the prompt",
        (said, check) -> Dfa.manyWords(under(said, member)));
  }

  private interface Maker {
    Dfa make(List<String> said, Runnable check);
  }

  private Optional<Rule> rule(String kind, long mostBytes, String nextStep, Maker maker) {
    return messages.map(
        said ->
            (pointer, check) -> {
              Dfa made = known.get(kind);
              if (made == null) {
                made = made(kind, mostBytes, nextStep, pointer, () -> maker.make(said, check));
                known.put(kind, made);
              }
              return made;
            });
  }

  private Dfa made(
      String kind, long mostBytes, String nextStep, String pointer, Supplier<Dfa> maker) {
    if (messagesBytes > mostBytes) {
      String problem =
          " allows messages of at most %d bytes together, and these have %d"
              .formatted(mostBytes, messagesBytes);
      throw new SchemaException(
          pointer, KEYWORD, "x-grounded \"" + kind + "\"" + problem, nextStep);
    }
    try {
      return maker.get();
    } catch (RegexException e) {
      throw new SchemaException(
          pointer,
          KEYWORD,
          "x-grounded \"" + kind + "\" takes too much of these messages: " + e.getMessage(),
          nextStep);
    }
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
