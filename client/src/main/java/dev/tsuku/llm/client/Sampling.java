package dev.tsuku.llm.client;

import java.util.OptionalLong;

/**
 * How tokens are chosen: greedily, unless there is a temperature. Made of {@link #GREEDY} with the
 * {@code with} methods, each of which returns a changed copy. The daemon refuses what is out of its
 * range.
 *
 * @param temperature 0 to 10; 0: always the likeliest token
 * @param topK so many of the likeliest tokens are left; 0: all
 * @param topP the likeliest tokens that together have this probability are left; 1: all
 * @param minP tokens with at least this fraction of the likeliest one's probability are left; 0:
 *     all
 * @param repetitionPenalty of the last 64 tokens; 1: none
 * @param seed of what is drawn; empty: another one each time
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    OptionalLong seed) {

  /** Always the likeliest token. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, OptionalLong.empty());

  public Sampling withTemperature(double value) {
    return new Sampling(value, topK, topP, minP, repetitionPenalty, seed);
  }

  public Sampling withTopK(int count) {
    return new Sampling(temperature, count, topP, minP, repetitionPenalty, seed);
  }

  public Sampling withTopP(double value) {
    return new Sampling(temperature, topK, value, minP, repetitionPenalty, seed);
  }

  public Sampling withMinP(double value) {
    return new Sampling(temperature, topK, topP, value, repetitionPenalty, seed);
  }

  public Sampling withRepetitionPenalty(double value) {
    return new Sampling(temperature, topK, topP, minP, value, seed);
  }

  public Sampling withSeed(long value) {
    return new Sampling(temperature, topK, topP, minP, repetitionPenalty, OptionalLong.of(value));
  }
}
