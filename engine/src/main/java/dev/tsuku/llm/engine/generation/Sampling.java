package dev.tsuku.llm.engine.generation;

import java.util.OptionalLong;

/**
 * How tokens are chosen. What is improbable is left out first, by the probabilities as the model
 * computed them; then the temperature is applied to what is left, and one token is drawn.
 *
 * @param temperature 0: always the likeliest token, and nothing is drawn; above, the greater the
 *     more even
 * @param topK so many of the likeliest tokens are left; 0: all
 * @param topP the likeliest tokens that together have this probability are left, above 0; 1: all
 * @param minP tokens with at least this fraction of the likeliest one's probability are left, below
 *     1; 0: all
 * @param repetitionPenalty logits of the last 64 tokens are divided by this, negative ones
 *     multiplied; 1: left alone
 * @param seed of what is drawn: the same seed gives the same answer where the model computes the
 *     same; empty: another one each time
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

  /** Checks what can be checked of numbers; NaN is refused as well. */
  public Sampling {
    require(temperature >= 0 && temperature <= 10, "temperature", temperature, "0 to 10");
    require(topK >= 0, "top_k", topK, "0 or more");
    require(topP > 0 && topP <= 1, "top_p", topP, "above 0, at most 1");
    require(minP >= 0 && minP < 1, "min_p", minP, "0 or more, below 1");
    require(
        repetitionPenalty > 0 && repetitionPenalty <= 10,
        "repetition_penalty",
        repetitionPenalty,
        "above 0, at most 10");
  }

  private static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be " + range + ".");
    }
  }
}
