package dev.tsuku.llm.grammar.mask;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenMasksTest {

  private static final int TOKENS = 3000;
  private static final int WALKS = 12;
  private static final int MOST_TOKENS = 40;

  /** The first token is no text; then all bytes, what JSON is made of, and all sorts of others. */
  private static TextTokens vocabulary() {
    SplittableRandom random = new SplittableRandom(3);
    List<byte[]> texts = new ArrayList<>();
    texts.add(new byte[0]);
    for (int b = 0; b < 256; b++) {
      texts.add(new byte[] {(byte) b});
    }
    for (String text :
        List.of(
            "\": \"",
            "\",\"",
            "\", \"",
            "\"}",
            "\"}]",
            "\"},{\"",
            "{\"",
            "[\"",
            "[[",
            "]]",
            "\\n",
            "\\\"",
            "\\u00",
            "true",
            "false",
            "null",
            "10",
            "000",
            "0.5",
            "-1",
            "e+",
            "kind",
            "\":{\"",
            "\":[",
            "x-",
            "a\"",
            "ab",
            "a\",\"b\":",
            "é",
            "日本",
            "日本\"")) {
      texts.add(text.getBytes(StandardCharsets.UTF_8));
    }
    String letters = "abcklindx-.:,\"\\{}[] 0123é日";
    while (texts.size() < TOKENS) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(1, 7); length > 0; length--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      texts.add(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    return TextTokens.of(texts.toArray(new byte[0][]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 7}",
        "{\"type\": \"string\", \"pattern\": \"^[a-d]+(-[a-d]+)*$\"}",
        "{\"type\": \"array\", \"items\": {\"type\": \"integer\", \"maximum\": 1200}}",
        "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"uniqueItems\": true}",
        "{\"type\": \"object\", \"properties\": {\"kind\": {\"enum\": [\"a\", \"ab\", \"é\"]},"
            + " \"k\": {\"type\": \"string\"}, \"b\": {\"type\": \"object\"}}, \"required\":"
            + " [\"k\"]}",
        "{\"type\": \"object\", \"patternProperties\": {\"^x-\": {\"type\": \"null\"}},"
            + " \"propertyNames\": {\"maxLength\": 4}}",
        "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^x\"}}",
        "{\"anyOf\": [{\"type\": \"object\", \"properties\": {\"kind\": {\"const\": \"a\"}, \"n\":"
            + " {\"type\": \"integer\"}}, \"required\": [\"kind\", \"n\"]}, {\"type\": \"object\","
            + " \"properties\": {\"kind\": {\"const\": \"b\"}}, \"required\": [\"kind\"],"
            + " \"additionalProperties\": false}]}",
      })
  void a_mask_has_the_tokens_that_lead_somewhere_and_no_others(String schema) {
    TextTokens tokens = vocabulary();
    TextMasks texts = new TextMasks(tokens);
    TokenMasks masks = new TokenMasks(texts, 1 << 20);
    MatcherState start = MatcherState.start(Nodes.compile(schema));
    SplittableRandom random = new SplittableRandom(5);
    for (int walk = 0; walk < WALKS; walk++) {
      MatcherState at = start;
      for (int count = 0; count < MOST_TOKENS && !at.isComplete(); count++) {
        TokenMask mask = masks.of(at);
        List<Integer> allowed = allowed(masks, at);
        assertThat(mask.count()).isEqualTo(allowed.size());
        List<Integer> told = new ArrayList<>();
        mask.forEach(told::add);
        assertThat(told).containsExactlyInAnyOrderElementsOf(allowed);
        assertThat(told).allMatch(mask::allows);
        // Made anew, with nothing remembered, it is the same.
        List<Integer> again = new ArrayList<>();
        new TokenMasks(new TextMasks(tokens), 0).of(at).forEach(again::add);
        assertThat(again).containsExactlyInAnyOrderElementsOf(allowed);
        int next = allowed.get(random.nextInt(allowed.size()));
        at = Objects.requireNonNull(masks.after(at, next));
      }
    }
  }

  private static List<Integer> allowed(TokenMasks masks, MatcherState at) {
    List<Integer> allowed = new ArrayList<>();
    for (int token = 0; token < TOKENS; token++) {
      if (masks.after(at, token) != null) {
        allowed.add(token);
      }
    }
    return allowed;
  }
}
