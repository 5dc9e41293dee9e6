package dev.tsuku.llm.models;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much memory a model will need, told from its header before anything is loaded. What llama.cpp
 * v0.4.0 takes is never more, but for some kilobytes, as long as it computes attention in one go,
 * which it does on processors and common cards. Immutable.
 *
 * @param weightBytes the tensors; mapped or copied, but in memory once
 * @param tokenBytes keys and values of one token of the context, in all layers, as 16-bit numbers
 * @param sequenceBytes the states of recurrent layers, for each sequence
 * @param activationBytes what lies between the layers while a micro-batch is computed
 * @param logitBytes the logits of one token
 * @param microBatchTokens most tokens computed in one step
 */
public record MemoryEstimate(
    long weightBytes,
    long tokenBytes,
    long sequenceBytes,
    long activationBytes,
    long logitBytes,
    int microBatchTokens) {

  /** llama.cpp rounds a context up to a multiple of this. */
  private static final int CONTEXT_STEP = 256;

  /** Hostile headers make numbers that do not fit; this is more than any machine has. */
  private static final long BEYOND_ANY = Long.MAX_VALUE / 16;

  /**
   * What one context needs.
   *
   * @param weights in bytes
   * @param context keys, values and states, in bytes
   * @param compute activations, the attention's mask and logits, in bytes
   */
  public record Need(long weights, long context, long compute) {

    /** All of it. */
    public long total() {
      return weights + context + compute;
    }
  }

  /**
   * Estimates.
   *
   * @param header of all parts of the model
   * @param microBatchTokens most tokens computed in one step
   */
  public static MemoryEstimate of(GgufHeader header, int microBatchTokens) {
    return new MemoryEstimate(
        Math.min(BEYOND_ANY, header.totalTensorBytes()),
        tokenBytes(header),
        sequenceBytes(header),
        times(times(Float.BYTES, widthBetweenLayers(header)), microBatchTokens),
        (long) Float.BYTES * header.vocabularySize(),
        microBatchTokens);
  }

  /**
   * What a context of this size needs, with the weights.
   *
   * @param sequences all that the context is opened with, at work or kept
   * @param type of keys and values
   */
  public Need at(int contextTokens, int sequences, KvCacheType type) {
    long cells = Math.ceilDiv((long) contextTokens, CONTEXT_STEP) * CONTEXT_STEP;
    long mask = times(times(Short.BYTES, microBatchTokens), cells);
    return new Need(
        weightBytes,
        plus(times(type.bytesInsteadOf(tokenBytes), cells), times(sequenceBytes, sequences)),
        plus(plus(activationBytes, mask), times(logitBytes, sequences)));
  }

  /**
   * An upper bound for the kinds of attention that remember less: layers with a window get room for
   * the whole context all the same, compressed keys and values count with the sizes in the header,
   * and recurrent layers of mixed models as if they had keys and values.
   */
  private static long tokenBytes(GgufHeader header) {
    if (largest(header.headCounts()) == 0) {
      return 0;
    }
    long key = Math.max(headLength(header, "key"), windowed(header, "key"));
    long value = Math.max(headLength(header, "value"), windowed(header, "value"));
    long numbers = 0;
    for (long count : header.keyValueHeadCounts()) {
      numbers = plus(numbers, times(count, plus(key, value)));
    }
    return times(Short.BYTES, numbers);
  }

  /** Each number that a key or a value of one head may have. */
  static List<Long> headNumbers(GgufHeader header) {
    return Stream.of(
            headLength(header, "key"),
            headLength(header, "value"),
            windowed(header, "key"),
            windowed(header, "value"))
        .filter(numbers -> numbers > 0)
        .distinct()
        .toList();
  }

  private static long headLength(GgufHeader header, String what) {
    long heads = largest(header.headCounts());
    return header
        .own("attention." + what + "_length")
        .orElse(heads == 0 ? 0 : header.embeddingLength().orElse(0) / heads);
  }

  /** Some models have heads of another size in the layers with a window. */
  private static long windowed(GgufHeader header, String what) {
    return header.own("attention." + what + "_length_swa").orElse(0);
  }

  /** Mamba keeps a convolution and a state, RWKV the last tokens and a matrix for each head. */
  private static long sequenceBytes(GgufHeader header) {
    long inner = header.own("ssm.inner_size").orElse(0);
    long state = header.own("ssm.state_size").orElse(0);
    long groups = header.own("ssm.group_count").orElse(0);
    long convolved = plus(inner, times(times(2, groups), state));
    long mamba =
        plus(times(header.own("ssm.conv_kernel").orElse(0), convolved), times(inner, state));
    long width = header.embeddingLength().orElse(0);
    long head = header.own("wkv.head_size").orElse(0);
    long rwkv = head == 0 ? 0 : times(width, plus(2, head));
    return times(times(Float.BYTES, header.blockCount().orElse(0)), plus(mamba, rwkv));
  }

  /**
   * How many numbers a token has between two layers, at most. A layer's input, its copy for the
   * sum, and the two sides of what is added; the feed-forward part with gate, product and result.
   */
  private static long widthBetweenLayers(GgufHeader header) {
    long width = header.embeddingLength().orElse(0);
    long dense = largest(header.perLayer("feed_forward_length"));
    long inner = times(2, header.own("ssm.inner_size").orElse(0));
    long heads = times(largest(header.headCounts()), header.own("attention.key_length").orElse(0));
    long fed = Math.max(Math.max(dense == 0 ? times(4, width) : dense, inner), heads);
    // Each expert writes as wide as the model before the results are summed.
    long expert = Math.max(width, header.own("expert_feed_forward_length").orElse(dense));
    long experts = times(largest(header.perLayer("expert_used_count")), expert);
    return experts == 0
        ? plus(times(4, width), times(3, fed))
        : plus(times(6, width), times(3, Math.max(fed, experts)));
  }

  private static long largest(Collection<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  private static long times(long one, long other) {
    if (one <= 0 || other <= 0) {
      return 0;
    }
    return one > BEYOND_ANY / other ? BEYOND_ANY : one * other;
  }

  private static long plus(long one, long other) {
    return Math.min(BEYOND_ANY, Math.max(0, one) + Math.max(0, other));
  }
}
