package dev.tsuku.llm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.mask.TextMasks;
import dev.tsuku.llm.grammar.mask.TokenMask;
import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.WorkBudget;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Masks and {@code accept} agree, whatever was remembered of other answers before. */
class MaskOrAcceptTest {

  private static final List<String> TOKENS = tokens();

  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    IntStream.range(' ', 127).mapToObj(Character::toString).forEach(tokens::add);
    tokens.addAll(
        List.of("\":1", "\": 1", "\":1}", "\": 1}", "abc", "\", \"", "\",\"", "},", "}, "));
    return tokens;
  }

  private static byte[][] bytes() {
    return TOKENS.stream().map(it -> it.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  /** Asks for each token after each character of some texts, with one matcher. */
  private static void compare(String schema, String... texts) {
    TokenVocabulary vocabulary = TokenVocabulary.of(bytes());
    GrammarMatcher matcher = CompiledGrammar.ofSchema(schema).matcher(vocabulary);
    List<String> wrong = new ArrayList<>();
    for (String text : texts) {
      matcher.rollback(matcher.length());
      for (int i = 0; i <= text.length(); i++) {
        long[] mask = new long[vocabulary.maskWords()];
        matcher.fillMask(mask);
        for (int token = 0; token < TOKENS.size(); token++) {
          boolean isInMask = (mask[token / Long.SIZE] >> (token % Long.SIZE) & 1) == 1;
          boolean isAccepted = matcher.accept(token);
          matcher.rollback(isAccepted ? 1 : 0);
          // An object that differs from an empty one is not looked for, see fillMask.
          boolean mayDiffer = schema.contains("unique") && TOKENS.get(token).startsWith("},");
          if (isInMask != isAccepted && !mayDiffer) {
            wrong.add(
                text.substring(0, i) + " then " + TOKENS.get(token) + ": in the mask " + isInMask);
          }
        }
        if (i < text.length()) {
          assertThat(matcher.accept(TOKENS.indexOf(text.substring(i, i + 1)))).isTrue();
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void in_one_answer_with_several_objects() {
    compare(
        "{\"type\": \"array\", \"items\": {\"additionalProperties\": {\"type\": \"integer\"}}}",
        "[{\"a\": 1}, {\"b\": 2}]",
        "[{\"a\":1},{\"b\":2}]");
  }

  @Test
  void after_another_answer_with_other_white_space() {
    compare(
        "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\"}}",
        "{\"a\": 1, \"b\": 2}",
        "{\"a\":1,\"b\":2}",
        "{\"a\": 1, \"c\": 2}");
  }

  @Test
  void where_items_must_differ() {
    compare(
        "{\"type\": \"array\", \"uniqueItems\": true, \"items\": {\"type\": \"object\","
            + " \"additionalProperties\": {\"type\": \"integer\"}}}",
        "[{\"a\":1},{\"a\":2}]",
        "[{\"a\":1},{\"b\":1},{\"c\":1}]",
        "[{\"b\":1},{\"a\":1}]");
  }

  @Test
  void in_strings_with_patterns_and_known_names() {
    compare(
        "{\"type\": \"object\", \"properties\": {\"abc\": {\"pattern\": \"^[a-c]+$\", \"type\":"
            + " \"string\"}}, \"patternProperties\": {\"^x\": {\"type\": \"integer\"}}}",
        "{\"abc\": \"abcab\", \"x1\": 12, \"y\": null}",
        "{\"abd\":1}");
  }

  @Test
  void of_a_mask_that_gave_way_to_another() {
    TextMasks texts = new TextMasks(TextTokens.of(bytes()));
    MatcherState one = CompiledGrammar.ofSchema("{\"type\": [\"integer\", \"string\"]}").start();
    MatcherState other = CompiledGrammar.ofSchema("{\"type\": [\"object\", \"array\"]}").start();
    List<Integer> alone = new ArrayList<>();
    new TokenMasks(texts, 1 << 20).of(one).forEach(alone::add);
    TokenMasks masks = new TokenMasks(texts, 1 << 20);
    int[] given = {0};
    TokenMask mask =
        masks.of(
            one,
            WorkBudget.ofCpuNanos(
                1_000_000_000L,
                () -> {
                  // The decode thread takes the lock meanwhile, and searches for its own.
                  masks.of(other);
                  given[0]++;
                  return true;
                }));
    List<Integer> found = new ArrayList<>();
    Objects.requireNonNull(mask).forEach(found::add);
    assertThat(given[0]).isPositive();
    assertThat(found).containsExactlyInAnyOrderElementsOf(alone);
  }
}
