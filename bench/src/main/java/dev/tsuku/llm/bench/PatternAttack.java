package dev.tsuku.llm.bench;

import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.RawHttp2.Ending;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Requests with {@link HostileSchemas}, one after the other, beside small ones of another client.
 * Each is answered or refused with a reason, soon.
 */
final class PatternAttack {

  private static final int OK = 0;
  private static final int INVALID_ARGUMENT = 3;

  private static final double MOST_MILLIS = 500;

  private PatternAttack() {}

  static String play(int rounds) throws IOException, InterruptedException {
    List<HostileSchemas.Kind> kinds = HostileSchemas.all();
    Map<String, Double> slowest = Collections.synchronizedMap(new TreeMap<>());
    List<Double> millis = Collections.synchronizedList(new ArrayList<>());
    String beside =
        SmallRequests.beside(
            1,
            (connection, number, endings) -> {
              for (int i = 0; i < rounds; i++) {
                HostileSchemas.Kind kind = kinds.get(i % kinds.size());
                byte[] request = request(kind.one().apply(new Random(i)));
                long start = System.nanoTime();
                Ending ending = connection.call(RawHttp2.COMPLETE, request);
                double took = (System.nanoTime() - start) / 1e6;
                requireAnswerOrReason(kind, i, ending);
                millis.add(took);
                slowest.merge(kind.name(), took, Math::max);
                endings.merge((ending.code() + " " + ending.reason()).strip(), 1, Integer::sum);
              }
            });
    Samples samples = new Samples(millis.stream().mapToDouble(Double::doubleValue).toArray());
    String text =
        String.format(
            Locale.ROOT,
            "ms: p50 %.1f, p99 %.1f, max %.1f (%s)",
            samples.median(),
            samples.percentile(99),
            samples.max(),
            Collections.max(slowest.entrySet(), Map.Entry.comparingByValue()).getKey());
    if (samples.max() > MOST_MILLIS) {
      throw new AttackFailure(text + "; slowest of each kind, ms: " + slowest + "; " + beside);
    }
    return text + "; " + beside;
  }

  private static byte[] request(String schema) {
    return CompletionRequest.newBuilder()
        .setMaxTokens(16)
        .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent("Hi"))
        .setJsonSchema(schema)
        .build()
        .toByteArray();
  }

  private static void requireAnswerOrReason(HostileSchemas.Kind kind, int round, Ending ending) {
    boolean isRefused = ending.code() == INVALID_ARGUMENT && !ending.reason().isEmpty();
    if (ending.code() != OK && !isRefused) {
      throw new AttackFailure("round " + round + ", " + kind.name() + ", ended with " + ending);
    }
  }
}
