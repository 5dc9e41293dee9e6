package dev.tsuku.llm.bench;

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
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.template.ChatMl;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Writes the valid values of schemas as answers of a model that is always right, and measures what
 * a step takes beside the model's own work, and how many tokens need no step.
 */
final class AnswerTimes {

  private static final double NANOS_A_MICRO = 1e3;
  private static final int ROOM = 1_000_000;
  private static final int ROUNDS = 2;

  private final Vocabulary vocabulary;
  private final TokenConstraints constraints;
  private final Schemas schemas = new Schemas();
  private long[] times = new long[1024];
  private int steps;
  private int forced;
  private int odd;

  private AnswerTimes(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.constraints = new TokenConstraints(vocabulary, new ChatMl());
  }

  static void measure(Vocabulary vocabulary, List<SchemaCase> cases) {
    for (int round = 1; round <= ROUNDS; round++) {
      AnswerTimes times = new AnswerTimes(vocabulary);
      cases.forEach(times::measure);
      times.print(round);
    }
  }

  private void measure(SchemaCase one) {
    ResponseFormat plan;
    try {
      plan =
          schemas.plan(
              new GenerationRequest(
                  "bench",
                  new Conversation("", List.of(new Turn.User("Go."))),
                  ROOM,
                  Sampling.GREEDY,
                  List.of(),
                  JsonWriter.compact(one.schema()),
                  ToolChoice.AUTO));
    } catch (EngineException e) {
      return;
    }
    for (String text : one.texts(Nodes.compile(one.schema()))) {
      follow(constraints.begin(plan, Prompt.Opening.ANSWER, () -> false).orElseThrow(), text);
    }
  }

  private void follow(TokenConstraint constraint, String text) {
    int[] tokens = vocabulary.tokenize(text, SpecialTokens.TEXT, false);
    for (int at = 0; at < tokens.length; ) {
      long before = System.nanoTime();
      int[] must = constraint.forced(ROOM);
      int same = Arrays.mismatch(must, 0, must.length, tokens, at, tokens.length);
      if (must.length > 0 && same >= 0 && same < must.length) {
        odd++;
        return;
      }
      for (int token : must) {
        constraint.add(token);
      }
      at += must.length;
      forced += must.length;
      if (at < tokens.length) {
        if (!constraint.allows(tokens[at]) || !constraint.fits(tokens[at], ROOM)) {
          odd++;
          return;
        }
        constraint.add(tokens[at]);
        at++;
        note(System.nanoTime() - before);
      }
    }
  }

  private void note(long nanos) {
    if (steps == times.length) {
      times = Arrays.copyOf(times, 2 * steps);
    }
    times[steps++] = nanos;
  }

  private void print(int round) {
    long[] sorted = Arrays.copyOf(times, steps);
    Arrays.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "answers, round %d: %d tokens, %.1f %% of them need no step, %d answers not as they should"
            + " be; a step beside the model: mean %.1f µs, p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f,"
            + " max %.0f%n",
        round,
        steps + forced,
        100.0 * forced / (steps + forced),
        odd,
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
