package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.constraint.Schemas;
import dev.tsuku.llm.engine.constraint.TokenConstraint;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prompt.Prompt;
import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.conformance.SchemaCases;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.template.ChatMl;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written without asking the model is what its tokenizer would have made of the whole. */
class ForcedTokensTest {

  private static final int SAMPLE = 250;
  private static final int ROOM = 1_000_000;

  private int tokens;
  private int forced;
  private int steps;
  private int odd;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2", "llama-bpe", "llama-spm"})
  void text_that_must_come_is_spelled_as_the_tokenizer_spells_it(String name, TestReporter reporter)
      throws IOException {
    List<SchemaCase> cases =
        new ArrayList<>(SchemaCases.readLines(Native.shared("schemas/maskbench-fifth.jsonl.gz")));
    Collections.shuffle(cases, new Random(5));
    try (LlamaModel model =
        Native.backend().loadVocabulary(Native.shared("vocab/ggml-vocab-" + name + ".gguf"))) {
      TokenConstraints constraints = new TokenConstraints(model.vocabulary(), new ChatMl());
      Schemas schemas = new Schemas();
      for (SchemaCase one : cases.subList(0, SAMPLE)) {
        try {
          follow(one, schemas, constraints, model.vocabulary());
        } catch (EngineException e) {
          assertThat(e.kind()).isEqualTo(EngineException.Kind.SCHEMA_REFUSED);
        }
      }
    }
    reporter.publishEntry(
        name, "%d tokens, %d forced, %d steps, %d odd".formatted(tokens, forced, steps, odd));
    assertThat(forced).isGreaterThan(tokens / 10);
    assertThat(odd).isLessThanOrEqualTo(tokens / 1000);
  }

  private void follow(
      SchemaCase one, Schemas schemas, TokenConstraints constraints, Vocabulary vocabulary) {
    String schema = JsonWriter.compact(one.schema());
    ResponseFormat plan =
        schemas.plan(
            new GenerationRequest(
                "r",
                new Conversation("", List.of(new Turn.User("Go."))),
                ROOM,
                Sampling.GREEDY,
                List.of(),
                schema,
                ToolChoice.AUTO));
    for (String text : one.texts(Nodes.compile(one.schema()))) {
      TokenConstraint constraint =
          constraints.begin(plan, Prompt.Opening.ANSWER, () -> false).orElseThrow();
      int[] canonical = vocabulary.tokenize(text, SpecialTokens.TEXT, false);
      for (int at = 0; at < canonical.length; ) {
        int[] must = constraint.forced(ROOM);
        for (int token : must) {
          if (at == canonical.length || token != canonical[at]) {
            odd++;
            return;
          }
          constraint.add(token);
          at++;
          tokens++;
          forced++;
        }
        if (must.length == 0) {
          assertThat(constraint.allows(canonical[at])).isTrue();
          constraint.add(canonical[at]);
          at++;
          tokens++;
          steps++;
        }
      }
      assertThat(constraint.isOver() || constraint.fits(0)).isTrue();
    }
  }
}
