package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.GrammarMatcher;
import dev.tsuku.llm.grammar.TokenVocabulary;
import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.conformance.SchemaCases;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is in the mask of a place if, and only if, it is accepted there: each token is asked. */
class MaskAgreementTest {

  private static final int FEW = 12;
  private static final int MANY = 400;

  private final Random random = new Random(6);
  private int places;
  private long allowed;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2", "llama-bpe", "llama-spm"})
  void masks_have_the_tokens_that_are_accepted(String vocabulary, TestReporter reporter)
      throws IOException {
    compare(vocabulary, FEW, reporter);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"qwen2", "llama-bpe", "llama-spm"})
  void masks_of_many_schemas_have_the_tokens_that_are_accepted(
      String vocabulary, TestReporter reporter) throws IOException {
    compare(vocabulary, MANY, reporter);
  }

  private void compare(String name, int most, TestReporter reporter) throws IOException {
    List<SchemaCase> cases =
        new ArrayList<>(SchemaCases.readLines(Native.shared("schemas/maskbench-fifth.jsonl.gz")));
    Collections.shuffle(cases, random);
    try (LlamaModel model =
        Native.backend().loadVocabulary(Native.shared("vocab/ggml-vocab-" + name + ".gguf"))) {
      TokenVocabulary tokens = TokenVocabulary.of(model.vocabulary().textBytes());
      for (SchemaCase one : cases.subList(0, most)) {
        compare(one, model, tokens);
      }
    }
    reporter.publishEntry(name, "%d places, %d allowed tokens".formatted(places, allowed));
    assertThat(places).isGreaterThan(most / 2);
    assertThat(allowed).isGreaterThan(places);
  }

  private void compare(SchemaCase one, LlamaModel model, TokenVocabulary tokens) {
    CompiledGrammar grammar;
    try {
      grammar = CompiledGrammar.ofSchema(JsonWriter.compact(one.schema()));
    } catch (SchemaException e) {
      return;
    }
    List<String> texts = one.texts(grammar.node());
    if (texts.isEmpty()) {
      return;
    }
    String text = texts.get(random.nextInt(texts.size()));
    int[] spelled = model.vocabulary().tokenize(text, SpecialTokens.TEXT, false);
    int until = random.nextInt(spelled.length);
    GrammarMatcher matcher = grammar.matcher(tokens);
    for (int i = 0; i < until; i++) {
      if (!matcher.accept(spelled[i])) {
        // Other spellings of a text may be whole before its last token.
        return;
      }
    }
    compare(matcher, tokens, one, text);
  }

  private void compare(
      GrammarMatcher matcher, TokenVocabulary tokens, SchemaCase one, String text) {
    long[] mask = new long[tokens.maskWords()];
    matcher.fillMask(mask);
    boolean mayOverstate = JsonWriter.compact(one.schema()).contains("\"uniqueItems\"");
    places++;
    for (int token = 0; token < tokens.size(); token++) {
      boolean isInMask = (mask[token / Long.SIZE] >> (token % Long.SIZE) & 1) == 1;
      boolean isAccepted = matcher.accept(token);
      if (isAccepted) {
        matcher.rollback(1);
        allowed++;
      }
      if (isInMask != isAccepted && !(mayOverstate && isInMask)) {
        throw new AssertionError(
            "%s: token %d is %s at %s of %s, and %s the mask"
                .formatted(
                    one.name(),
                    token,
                    isAccepted ? "accepted" : "refused",
                    matcher,
                    text,
                    isInMask ? "in" : "not in"));
      }
    }
  }
}
