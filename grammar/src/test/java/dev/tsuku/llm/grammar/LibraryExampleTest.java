package dev.tsuku.llm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How a program uses the grammar engine without anything else of this project. */
class LibraryExampleTest {

  @Test
  void whatever_a_model_wants_its_answer_obeys_the_schema() {
    // A vocabulary is the bytes of each token, by its number; here a token for each character.
    List<String> tokens =
        "{}[]\":,-.0123456789abcdefghijklmnopqrstuvwxyz "
            .chars()
            .mapToObj(Character::toString)
            .toList();
    var vocabulary =
        TokenVocabulary.of(
            tokens.stream().map(it -> it.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new));
    var grammar =
        CompiledGrammar.ofSchema(
            """
        {"type": "object", "properties": {"size": {"enum": ["small", "large"]}, "count": {"type": "integer"}},
         "required": ["size", "count"], "additionalProperties": false}""");
    var matcher = grammar.matcher(vocabulary);
    var mask = new long[vocabulary.maskWords()];
    var model = new Random(1);
    var answer = new StringBuilder();
    while (!matcher.isOver() && answer.length() < 40) {
      matcher.fillMask(mask);
      int token = model.nextInt(tokens.size());
      if ((mask[token / 64] >> (token % 64) & 1) == 1) {
        assertThat(matcher.accept(token)).isTrue();
        answer.append(tokens.get(token));
      }
    }
    // What is missing once there is no more room.
    for (int token : matcher.shortestCompletion()) {
      answer.append(tokens.get(token));
    }
    assertThat(answer.toString()).matches("\\{\"size\": ?\"(small|large)\", ?\"count\": ?-?\\d+}");
  }
}
