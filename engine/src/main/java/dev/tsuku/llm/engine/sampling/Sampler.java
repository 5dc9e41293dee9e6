package dev.tsuku.llm.engine.sampling;

import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * Chooses tokens as requests want it. Serves all requests of a context, one after the other, for
 * its scratch memory; what belongs to one request, its random numbers, is handed in.
 *
 * <p>The order is that of llama.cpp's default chain: penalty, top-k, top-p, min-p, temperature. One
 * random number is used for each token that is drawn, whatever the settings.
 *
 * <p>A vocabulary of 150,000 is never sorted, which would take longer than many a model takes for
 * the token: most of it is left out by a cheap bound, and the rest comes off a heap, only as far as
 * needed.
 */
public final class Sampler {

  /** How many of the last tokens are penalized. */
  private static final int PENALIZED = 64;

  /** A logit this much below the largest has a probability of less than e^-40 of its. */
  private static final float FAR_BELOW = 40;

  /** So often may what seemed allowed be refused after all. */
  private static final int MOST_TRIES = 64;

  /** What {@link #pick} returns where it is not known yet which tokens are allowed. */
  public static final int PENDING = -2;

  private final BitSet refused = new BitSet();
  private final Greedy greedy = new Greedy();
  private final LogitFloors floors = new LogitFloors();
  private final CandidateHeap candidates = new CandidateHeap();
  private float[] logits = new float[0];
  private double[] weights = new double[0];

  /** A sampler with nothing to remember. */
  public Sampler() {}

  /**
   * Chooses the next token.
   *
   * @param computed one 32-bit float a vocabulary entry, from the position to the limit, which are
   *     left alone
   * @param tokens prompt and answer so far
   * @param random used only where something is drawn
   * @param filter asked first about the token that is likeliest of all: nearly always it is allowed
   * @return -1 if no logit of what is allowed is above negative infinity; {@link #PENDING} if the
   *     filter is pending. Asked again with the same random numbers, it chooses as if it had not
   *     been
   */
  public int pick(
      ByteBuffer computed,
      Sampling sampling,
      TokenList tokens,
      RandomGenerator random,
      TokenFilter filter) {
    boolean penalizes = sampling.repetitionPenalty() != 1;
    if (sampling.temperature() == 0 && !penalizes) {
      int likeliest = greedy.pick(computed);
      if (likeliest < 0 || filter.allows(likeliest)) {
        return likeliest;
      }
      if (filter.isPending()) {
        return PENDING;
      }
    } else if (filter.isWide()) {
      read(computed);
      int picked =
          penalizes
              ? pickOfRead(sampling, tokens, random)
              : pickOfRead(greedy.pick(computed), sampling, random);
      if (picked < 0 || filter.allows(picked)) {
        return picked;
      }
      if (filter.isPending()) {
        return PENDING;
      }
    }
    if (!readAllowed(computed, filter)) {
      return PENDING;
    }
    refused.clear();
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      int picked = pickOfRead(sampling, tokens, random);
      if (picked < 0 || filter.allows(picked)) {
        return picked;
      }
      if (filter.isPending()) {
        return PENDING;
      }
      refused.set(picked);
      if (!readAllowed(computed, filter)) {
        return PENDING;
      }
      refused.stream().forEach(token -> logits[token] = Float.NEGATIVE_INFINITY);
    }
    return -1;
  }

  /** The likeliest token of all; -1 if no logit is above negative infinity. */
  public int likeliest(ByteBuffer computed) {
    return greedy.pick(computed);
  }

  private int pickOfRead(Sampling sampling, TokenList tokens, RandomGenerator random) {
    if (sampling.repetitionPenalty() != 1) {
      penalize(tokens, (float) sampling.repetitionPenalty());
    }
    return pickOfRead(largest(), sampling, random);
  }

  private int pickOfRead(int largest, Sampling sampling, RandomGenerator random) {
    if (largest < 0 || sampling.temperature() == 0 || Float.isInfinite(logits[largest])) {
      return largest;
    }
    int count = select(sampling, logits[largest]);
    return draw(count, logits[largest], sampling.temperature(), random);
  }

  private void resize(ByteBuffer computed) {
    int size = computed.remaining() / Float.BYTES;
    if (logits.length != size) {
      logits = new float[size];
      weights = new double[size];
    }
  }

  /** Leaves all others out, before anything is counted; false if that is pending. */
  private boolean readAllowed(ByteBuffer computed, TokenFilter filter) {
    resize(computed);
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    int first = computed.position();
    filter.forEach(
        token -> {
          if (token < logits.length) {
            logits[token] = computed.getFloat(first + token * Float.BYTES);
          }
        });
    return !filter.isPending();
  }

  private void read(ByteBuffer computed) {
    resize(computed);
    computed.slice().order(computed.order()).asFloatBuffer().get(logits);
  }

  private void penalize(TokenList tokens, float penalty) {
    int from = Math.max(0, tokens.size() - PENALIZED);
    int[] last = tokens.copy(from, tokens.size());
    Arrays.sort(last);
    for (int i = 0; i < last.length; i++) {
      boolean first = i == 0 || last[i] != last[i - 1];
      if (first && last[i] < logits.length) {
        float logit = logits[last[i]];
        logits[last[i]] = logit > 0 ? logit / penalty : logit * penalty;
      }
    }
  }

  /** Index of the largest logit, the first of equal ones; what is no number is none. */
  private int largest() {
    int best = -1;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > max) {
        max = logits[i];
        best = i;
      }
    }
    return best;
  }

  /**
   * Leaves only what may be drawn, and moves it to the front of the candidates.
   *
   * @return how many they are, at least 1
   */
  private int select(Sampling sampling, float max) {
    // What is far below has a chance again at a high temperature.
    float farBelow = max - FAR_BELOW * (float) Math.max(1, sampling.temperature());
    float least = Math.max(farBelow, max + (float) Math.log(sampling.minP()));
    boolean limitsCount = sampling.topK() > 0 && sampling.topK() < logits.length;
    if (!limitsCount && sampling.topP() == 1) {
      candidates.fill(logits, least);
      return candidates.size();
    }
    // Top-k and top-p count what min-p would leave out; so they see everything.
    double wanted;
    int most;
    if (limitsCount) {
      candidates.fill(logits, Math.max(farBelow, floors.ofLargest(logits, sampling.topK())));
      most = Math.min(sampling.topK(), candidates.size());
      wanted = sampling.topP() * massOfLargest(most, max);
    } else {
      candidates.fill(logits, floors.ofLikeliest(logits, max, sampling.topP()));
      most = candidates.size();
      wanted = sampling.topP() * floors.total();
    }
    double mass = 0;
    int taken = 0;
    while (taken < most && (taken == 0 || candidates.take(taken) >= least)) {
      mass += Math.exp(candidates.take(taken) - max);
      taken++;
      if (sampling.topP() < 1 && mass >= wanted) {
        break;
      }
    }
    return taken;
  }

  /** Probability of the likeliest candidates, that of the very likeliest being 1. */
  private double massOfLargest(int most, float max) {
    double total = 0;
    for (int i = 0; i < most; i++) {
      total += Math.exp(candidates.take(i) - max);
    }
    return total;
  }

  private int draw(int count, float max, double temperature, RandomGenerator random) {
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += Math.exp((candidates.logit(i) - max) / temperature);
      weights[i] = total;
    }
    double drawn = random.nextDouble() * total;
    int found = Arrays.binarySearch(weights, 0, count, drawn);
    // The first whose running total is above what was drawn.
    int index = found < 0 ? -found - 1 : found + 1;
    return candidates.token(Math.min(index, count - 1));
  }
}
