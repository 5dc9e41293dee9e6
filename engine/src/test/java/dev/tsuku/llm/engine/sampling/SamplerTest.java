package dev.tsuku.llm.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {

  private static final TokenList NOTHING = new TokenList();

  private final Sampler sampler = new Sampler();

  private static Sampling sampling(double temperature, int topK, double topP, double minP) {
    return new Sampling(temperature, topK, topP, minP, 1, OptionalLong.empty());
  }

  private static ByteBuffer logits(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.flip();
  }

  private static float[] gaussian(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      // Rounded, so that some are equal.
      values[i] = Math.round(random.nextGaussian() * 30) / 10f;
    }
    return values;
  }

  @Test
  void what_may_be_drawn_is_what_sorting_everything_would_leave() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      float[] values = gaussian(random, 1 + random.nextInt(60));
      Sampling sampling =
          sampling(
              0.1 + random.nextDouble() * 3,
              random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(20),
              random.nextInt(3) == 0 ? 1 : 0.05 + 0.9 * random.nextDouble(),
              random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.9);
      Map<Integer, Double> expected = chances(values, sampling);
      Map<Integer, Integer> drawn = new HashMap<>();
      SplittableRandom draws = new SplittableRandom(round);
      for (int i = 0; i < 4_000; i++) {
        drawn.merge(
            sampler.pick(logits(values), sampling, NOTHING, draws, TokenFilter.ALL),
            1,
            Integer::sum);
      }
      assertThat(expected.keySet()).as("%s", sampling).containsAll(drawn.keySet());
      // Six standard deviations: with these seeds it holds or it does not.
      expected.forEach(
          (token, chance) ->
              assertThat(drawn.getOrDefault(token, 0) / 4_000.0 - chance)
                  .as("token %s of %s", token, sampling)
                  .isBetween(-6 * deviation(chance), 6 * deviation(chance)));
    }
  }

  private static double deviation(double chance) {
    return Math.sqrt(chance * (1 - chance) / 4_000) + 1e-4;
  }

  /** The slow and obvious way. */
  private static Map<Integer, Double> chances(float[] values, Sampling sampling) {
    List<Integer> order =
        new ArrayList<>(
            IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -values[i]))
                .toList());
    float max = values[order.getFirst()];
    if (sampling.topK() > 0) {
      order = order.subList(0, Math.min(sampling.topK(), order.size()));
    }
    double total = order.stream().mapToDouble(i -> Math.exp(values[i] - max)).sum();
    double mass = 0;
    List<Integer> left = new ArrayList<>();
    for (int token : order) {
      if (mass >= sampling.topP() * total && sampling.topP() < 1) {
        break;
      }
      mass += Math.exp(values[token] - max);
      if (left.isEmpty() || values[token] >= max + (float) Math.log(sampling.minP())) {
        left.add(token);
      }
    }
    Map<Integer, Double> chances = new HashMap<>();
    double sum =
        left.stream().mapToDouble(i -> Math.exp((values[i] - max) / sampling.temperature())).sum();
    for (int token : left) {
      chances.put(token, Math.exp((values[token] - max) / sampling.temperature()) / sum);
    }
    return chances;
  }

  @Test
  void without_a_temperature_the_likeliest_is_taken_and_nothing_drawn() {
    SplittableRandom random = new SplittableRandom(1);
    Sampling penalized = new Sampling(0, 0, 1, 0, 2, OptionalLong.empty());
    assertThat(sampler.pick(logits(1, 3, 2), Sampling.GREEDY, NOTHING, random, TokenFilter.ALL))
        .isEqualTo(1);
    assertThat(sampler.pick(logits(1, 3, 2), penalized, NOTHING, random, TokenFilter.ALL))
        .isEqualTo(1);
    assertThat(random.nextLong()).isEqualTo(new SplittableRandom(1).nextLong());
  }

  @Test
  void a_drawn_token_takes_one_random_number_whatever_the_settings() {
    for (Sampling sampling :
        List.of(sampling(1, 0, 1, 0), sampling(1, 2, 1, 0), sampling(2, 0, 0.5, 0.1))) {
      SplittableRandom random = new SplittableRandom(1);
      sampler.pick(logits(1, 3, 2), sampling, NOTHING, random, TokenFilter.ALL);
      SplittableRandom once = new SplittableRandom(1);
      once.nextDouble();
      assertThat(random.nextLong()).isEqualTo(once.nextLong());
    }
  }

  @Test
  void the_last_64_tokens_are_penalized_once_each() {
    Sampling penalized = new Sampling(0, 0, 1, 0, 2, OptionalLong.empty());
    SplittableRandom random = new SplittableRandom(1);
    TokenList tokens = new TokenList(1, 1, 1);
    assertThat(sampler.pick(logits(1.4f, 3, 1), penalized, tokens, random, TokenFilter.ALL))
        .isEqualTo(1);
    assertThat(sampler.pick(logits(1.6f, 3, 1), penalized, tokens, random, TokenFilter.ALL))
        .isZero();
    assertThat(sampler.pick(logits(-3, -2, -5), penalized, tokens, random, TokenFilter.ALL))
        .isZero();
    for (int i = 0; i < 64; i++) {
      tokens.add(2);
    }
    assertThat(sampler.pick(logits(1.6f, 3, 1), penalized, tokens, random, TokenFilter.ALL))
        .isEqualTo(1);
  }

  @Test
  void what_is_no_number_is_never_drawn() {
    Sampling all = sampling(1, 0, 1, 0);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100; i++) {
      assertThat(
              sampler.pick(
                  logits(Float.NaN, 1, Float.NEGATIVE_INFINITY, Float.NaN),
                  all,
                  NOTHING,
                  random,
                  TokenFilter.ALL))
          .isEqualTo(1);
    }
    assertThat(
            sampler.pick(
                logits(Float.NaN, Float.NEGATIVE_INFINITY), all, NOTHING, random, TokenFilter.ALL))
        .isEqualTo(-1);
    assertThat(
            sampler.pick(logits(1, Float.POSITIVE_INFINITY), all, NOTHING, random, TokenFilter.ALL))
        .isEqualTo(1);
  }
}
