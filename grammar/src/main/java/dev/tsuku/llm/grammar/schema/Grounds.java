package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.regex.Dfa;
import java.util.LinkedHashSet;
import java.util.List;
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
      int end = start + 1;
      while (end < line.length() && line.charAt(end) != '"') {
        end += line.charAt(end) == '\\' ? 2 : 1;
      }
      if (end >= line.length()) {
        return;
      }
      try {
        if (JsonReader.read(line.substring(start, end + 1)) instanceof Json.Text text) {
          found.add(text.value());
        }
      } catch (JsonException e) {
        // Something between quotes that is no JSON.
      }
      start = line.indexOf('"', end + 1);
    }
  }
}
