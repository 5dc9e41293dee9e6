package dev.tsuku.llm.grammar.conformance;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.match.MatcherState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Writes a given value in the spelling that a schema asks for: members in its order, no white
 * space.
 */
final class Speller {

  private MatcherState at;
  private final StringBuilder written = new StringBuilder();

  private final boolean keepsPoints;

  private Speller(MatcherState at, boolean keepsPoints) {
    this.at = at;
    this.keepsPoints = keepsPoints;
  }

  /**
   * The value's text; empty if it cannot be written.
   *
   * @param keepsPoints whether a whole number that came with a point is written with one
   */
  static Optional<String> spell(Json value, MatcherState start, boolean keepsPoints) {
    Speller speller = new Speller(start, keepsPoints);
    return speller.write(value) && speller.at.isComplete()
        ? Optional.of(speller.written.toString())
        : Optional.empty();
  }

  private boolean write(String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      MatcherState next = at.next(b & 0xff);
      if (next == null) {
        return false;
      }
      at = next;
    }
    written.append(text);
    return true;
  }

  private boolean write(Json value) {
    return switch (value) {
      case Json.Array array -> {
        boolean fits = write("[");
        String between = "";
        for (Json item : array.items()) {
          fits = fits && write(between) && write(item);
          between = ",";
        }
        yield fits && write("]");
      }
      case Json.Obj object -> {
        if (!write("{")) {
          yield false;
        }
        List<String> order = at.names();
        List<String> names = new ArrayList<>(object.members().keySet());
        names.sort(
            Comparator.comparingInt(
                name -> order.contains(name) ? order.indexOf(name) : Integer.MAX_VALUE));
        boolean fits = true;
        String between = "";
        for (String name : names) {
          fits =
              fits
                  && write(between)
                  && write(JsonWriter.quote(name) + ":")
                  && object.get(name).map(this::write).orElse(false);
          between = ",";
        }
        yield fits && write("}");
      }
      case Json.Num number when keepsPoints && number.hasPoint() && number.isInteger() ->
          write(JsonWriter.compact(value)) && write(".0");
      default -> write(JsonWriter.compact(value));
    };
  }
}
