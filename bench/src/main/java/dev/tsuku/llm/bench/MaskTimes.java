package dev.tsuku.llm.bench;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.GrammarMatcher;
import dev.tsuku.llm.grammar.TokenVocabulary;
import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.schema.SchemaException;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.llama.LlamaBackend;
import dev.tsuku.llm.llama.LlamaModel;
import dev.tsuku.llm.llama.LlamaSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Feeds the valid values of schemas, token by token as the vocabulary splits them, and measures how
 * long it takes to know all tokens that are allowed, and to go on with the next one.
 */
final class MaskTimes {

  private static final double NANOS_A_MICRO = 1e3;
  private static final double NANOS_A_MILLI = 1e6;
  private static final int ROUNDS = 3;

  private final Vocabulary vocabulary;
  private final TokenVocabulary tokens;
  private final long[] mask;
  private long[] times = new long[1024];
  private int count;
  private int refused;
  private int values;

  private MaskTimes(Vocabulary vocabulary, TokenVocabulary tokens) {
    this.vocabulary = vocabulary;
    this.tokens = tokens;
    this.mask = new long[tokens.maskWords()];
  }

  static void measure(Path file, List<SchemaCase> cases) {
    LlamaBackend backend =
        LlamaBackend.open(
            new LlamaSettings(
                Path.of(System.getProperty("tsuku.app"), "llama"),
                Optional.empty(),
                Optional.empty()));
    try (LlamaModel model = backend.loadVocabulary(file)) {
      Vocabulary vocabulary = model.vocabulary();
      long start = System.nanoTime();
      byte[][] texts = vocabulary.textBytes();
      long read = System.nanoTime();
      TextTokens tokens = TextTokens.of(texts);
      long cold = System.nanoTime();
      System.out.printf(
          Locale.ROOT,
          "%s: %d tokens read in %.0f ms, put in order in %.0f ms; %d nodes, %d of them with quotes%n",
          file.getFileName(),
          texts.length,
          (read - start) / NANOS_A_MILLI,
          (cold - read) / NANOS_A_MILLI,
          tokens.all().size(),
          tokens.quoted().size());
      for (int round = 1; round <= ROUNDS; round++) {
        // With nothing known of any string yet.
        MaskTimes times = new MaskTimes(vocabulary, TokenVocabulary.of(texts));
        cases.forEach(times::measure);
        times.print(round);
      }
      AnswerTimes.measure(vocabulary, cases);
    }
  }

  private void measure(SchemaCase one) {
    CompiledGrammar grammar;
    try {
      grammar = CompiledGrammar.ofSchema(JsonWriter.compact(one.schema()));
    } catch (SchemaException e) {
      return;
    }
    GrammarMatcher start = grammar.matcher(tokens);
    for (String text : one.texts(grammar.node())) {
      values++;
      feed(start.fork(), text);
    }
  }

  private void feed(GrammarMatcher matcher, String text) {
    for (int token : vocabulary.tokenize(text, SpecialTokens.TEXT, false)) {
      long before = System.nanoTime();
      matcher.fillMask(mask);
      boolean isAccepted = matcher.accept(token);
      note(System.nanoTime() - before);
      if (!isAccepted || (mask[token / Long.SIZE] >> (token % Long.SIZE) & 1) == 0) {
        refused++;
        return;
      }
    }
    refused += matcher.isComplete() ? 0 : 1;
  }

  private void note(long nanos) {
    if (count == times.length) {
      times = Arrays.copyOf(times, 2 * count);
    }
    times[count++] = nanos;
  }

  private void print(int round) {
    long[] sorted = Arrays.copyOf(times, count);
    Arrays.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "round %d: %d values, %d tokens, %d values refused; mask and step: mean %.1f µs, p50 %.1f,"
            + " p90 %.1f, p99 %.1f, p99.9 %.1f, max %.0f%n",
        round,
        values,
        count,
        refused,
        Arrays.stream(sorted).average().orElse(0) / NANOS_A_MICRO,
        at(sorted, 0.5),
        at(sorted, 0.9),
        at(sorted, 0.99),
        at(sorted, 0.999),
        at(sorted, 1));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))] / NANOS_A_MICRO;
  }
}
