package dev.tsuku.llm.grammar.schema;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.ShortestCompletion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Whatever a schema or a pattern is, it compiles or is refused, and matching never fails. */
class SchemaFuzzTest {

  private static final int MOST_STEPS = 64;

  @FuzzTest(maxDuration = "60s")
  void any_text_is_a_schema_or_refused(byte[] bytes) {
    follow(new String(bytes, StandardCharsets.UTF_8), bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void any_text_is_a_pattern_or_refused(byte[] bytes) {
    String pattern = JsonWriter.quote(new String(bytes, StandardCharsets.UTF_8));
    follow("{\"type\": \"string\", \"pattern\": " + pattern + "}", bytes);
  }

  /** Follows a value that the schema allows, as far as the bytes choose it. */
  private static void follow(String schema, byte[] choices) {
    Node node;
    try {
      node = Nodes.compile(schema);
    } catch (SchemaException e) {
      return;
    }
    MatcherState position = MatcherState.start(node);
    var _ = ShortestCompletion.of(position);
    for (int i = 0; i < Math.min(choices.length, MOST_STEPS) && !position.isEnd(); i++) {
      int only = position.only();
      @Nullable MatcherState next = position.next(only >= 0 ? only : choices[i] & 0xff);
      if (next != null) {
        position = next;
      }
    }
    var _ = ShortestCompletion.of(position);
  }
}
