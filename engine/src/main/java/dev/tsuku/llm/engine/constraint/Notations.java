package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.grammar.match.CallNotation;
import dev.tsuku.llm.grammar.match.Position;
import dev.tsuku.llm.grammar.match.ThoughtTags;
import dev.tsuku.llm.template.CallShape;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Makes of how a format writes calls what the tokens of a vocabulary can be held against. */
final class Notations {

  /** Tokens that begin many other things than calls. */
  private static final Set<String> COMMON = Set.of("<|channel|>", "<|message|>", "<|start|>");

  private final Vocabulary vocabulary;

  Notations(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * A text as symbols.
   *
   * @param text before the first token that ends an answer
   * @param isCut whether there is such a token
   */
  private record Symbols(String text, boolean isCut) {}

  /** The notation; empty if the model would end its answer by writing it. */
  Optional<CallNotation> of(CallShape shape) {
    Symbols before = symbols(shape.before());
    Symbols between = symbols(shape.between());
    Symbols next = symbols(shape.next());
    if (before.isCut() || between.isCut() || before.text().isEmpty() || between.text().isEmpty()) {
      return Optional.empty();
    }
    Symbols after = symbols(shape.after());
    String behind = after.text();
    if (!after.isCut() && !next.text().isEmpty()) {
      behind = behind.substring(0, common(behind, next.text()));
    } else if (!after.isCut()) {
      behind = brackets(behind);
    }
    return Optional.of(
        new CallNotation(
            before.text(),
            between.text(),
            behind,
            next.isCut() ? "" : next.text(),
            shape.isSpaced(),
            beginsOtherThings(before.text()),
            thoughts()));
  }

  /** What stands around thoughts, which many families write alike. */
  ThoughtTags thoughts() {
    return new ThoughtTags(symbols("<think>").text(), symbols("</think>").text());
  }

  private boolean beginsOtherThings(String before) {
    int first = before.codePointAt(0);
    return first >= Position.MARK && COMMON.contains(vocabulary.text(first - Position.MARK));
  }

  private static int common(String one, String other) {
    int length = 0;
    while (length < Math.min(one.length(), other.length())
        && one.charAt(length) == other.charAt(length)) {
      length++;
    }
    return length;
  }

  private static String brackets(String text) {
    int length = 0;
    while (length < text.length() && "}])".indexOf(text.charAt(length)) >= 0) {
      length++;
    }
    return text.substring(0, length);
  }

  private Symbols symbols(String text) {
    StringBuilder symbols = new StringBuilder();
    for (int token : vocabulary.tokenize(text, SpecialTokens.PARSED, false)) {
      if (vocabulary.endsGeneration(token)) {
        return new Symbols(symbols.toString(), true);
      }
      symbols.append(
          vocabulary.isText(token)
              ? new String(vocabulary.bytes(token), StandardCharsets.ISO_8859_1)
              : Position.markOf(token));
    }
    return new Symbols(symbols.toString(), false);
  }
}
