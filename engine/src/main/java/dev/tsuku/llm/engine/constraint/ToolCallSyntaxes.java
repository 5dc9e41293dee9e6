package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.engine.prompt.Prompt.Opening;
import dev.tsuku.llm.grammar.match.ChannelTags;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.Reasoning;
import dev.tsuku.llm.grammar.match.ReasoningTags;
import dev.tsuku.llm.grammar.match.ToolCallSyntax;
import dev.tsuku.llm.template.CallShape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Turns the tool-call syntax that a chat template shows into symbols of a vocabulary. */
final class ToolCallSyntaxes {

  /** Tokens that begin many other things than calls. */
  private static final Set<String> COMMON = Set.of("<|channel|>", "<|message|>", "<|start|>");

  private final Vocabulary vocabulary;

  ToolCallSyntaxes(Vocabulary vocabulary) {
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
  Optional<ToolCallSyntax> of(CallShape shape, Reasoning reasoning) {
    return of(shape, reasoning, SpecialTokens.PARSED);
  }

  /** The tags of {@link CallShape#TAGS} as text, also where the vocabulary has tokens for them. */
  ToolCallSyntax spelledTags(Reasoning reasoning) {
    return of(CallShape.TAGS, reasoning, SpecialTokens.TEXT).orElseThrow();
  }

  private Optional<ToolCallSyntax> of(CallShape shape, Reasoning reasoning, SpecialTokens special) {
    Symbols before = symbols(shape.before(), special);
    Symbols between = symbols(shape.between(), special);
    Symbols next = symbols(shape.next(), special);
    if (before.isCut() || between.isCut() || before.text().isEmpty() || between.text().isEmpty()) {
      return Optional.empty();
    }
    Symbols after = symbols(shape.after(), special);
    String behind = after.text();
    if (!after.isCut() && !next.text().isEmpty()) {
      behind = behind.substring(0, common(behind, next.text()));
    } else if (!after.isCut()) {
      behind = brackets(behind);
    }
    return Optional.of(
        new ToolCallSyntax(
            before.text(),
            between.text(),
            behind,
            next.isCut() ? "" : next.text(),
            shape.isSpaced(),
            beginsOtherThings(before.text()),
            reasoning));
  }

  /**
   * How reasoning is written: in channels where the prompt ends in a header and the vocabulary has
   * them, else between tags, which many families write alike.
   */
  Reasoning reasoning(Opening opening) {
    Optional<ChannelTags> channels =
        opening == Opening.HEADER ? channels() : Optional.<ChannelTags>empty();
    return channels.isPresent()
        ? channels.get()
        : new ReasoningTags(
            symbols("<think>", SpecialTokens.PARSED).text(),
            symbols("</think>", SpecialTokens.PARSED).text());
  }

  /** The tokens around messages in channels; empty if the vocabulary lacks one. */
  Optional<ChannelTags> channels() {
    List<String> tags =
        Stream.of("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|constrain|>")
            .flatMap(name -> vocabulary.specialToken(name).stream().mapToObj(MatcherState::markOf))
            .toList();
    return tags.size() == 5
        ? Optional.of(
            new ChannelTags(tags.get(0), tags.get(1), tags.get(2), tags.get(3), tags.get(4)))
        : Optional.empty();
  }

  private boolean beginsOtherThings(String before) {
    int first = before.codePointAt(0);
    return first >= MatcherState.MARK
        && COMMON.contains(vocabulary.text(first - MatcherState.MARK));
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

  private Symbols symbols(String text, SpecialTokens special) {
    StringBuilder symbols = new StringBuilder();
    for (int token : vocabulary.tokenize(text, special, false)) {
      if (vocabulary.endsGeneration(token)) {
        return new Symbols(symbols.toString(), true);
      }
      symbols.append(
          vocabulary.isText(token)
              ? new String(vocabulary.bytes(token), StandardCharsets.ISO_8859_1)
              : MatcherState.markOf(token));
    }
    return new Symbols(symbols.toString(), false);
  }
}
