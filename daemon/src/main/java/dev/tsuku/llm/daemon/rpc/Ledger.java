package dev.tsuku.llm.daemon.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.protocol.v1.Usage;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;

/** What a daemon has done since it started. Thread-safe. */
final class Ledger {

  /** Answers whose speed is told. */
  private static final int RECENT = 16;

  private static final long MILLIS_A_SECOND = 1000;

  /**
   * The sums so far.
   *
   * @param requests how many ended with each code of gRPC
   * @param usage of all that were answered, added up
   * @param prefillTokensPerSecond of the last 16 answers, each by itself; 0 before the first
   * @param decodeTokensPerSecond the same of their answers
   */
  record Sums(
      Map<Status.Code, Long> requests,
      Usage64 usage,
      double prefillTokensPerSecond,
      double decodeTokensPerSecond) {

    long answered() {
      return requests.getOrDefault(Status.Code.OK, 0L);
    }
  }

  /** A {@link Usage} of many requests. */
  record Usage64(
      long inputTokens,
      long cachedInputTokens,
      long outputTokens,
      long queueMillis,
      long prefillMillis,
      long decodeMillis,
      long forwardPasses,
      long forcedTokens,
      long draftTokens,
      long acceptedDraftTokens) {

    static final Usage64 NONE = new Usage64(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    Usage64 plus(Usage usage) {
      return new Usage64(
          inputTokens + usage.getInputTokens(),
          cachedInputTokens + usage.getCachedInputTokens(),
          outputTokens + usage.getOutputTokens(),
          queueMillis + usage.getQueueMillis(),
          prefillMillis + usage.getPrefillMillis(),
          decodeMillis + usage.getDecodeMillis(),
          forwardPasses + usage.getForwardPasses(),
          forcedTokens + usage.getForcedTokens(),
          draftTokens + usage.getDraftTokens(),
          acceptedDraftTokens + usage.getAcceptedDraftTokens());
    }
  }

  @GuardedBy("this")
  private final Map<Status.Code, Long> requests = new EnumMap<>(Status.Code.class);

  @GuardedBy("this")
  private final Deque<Usage> recent = new ArrayDeque<>();

  @GuardedBy("this")
  private Usage64 total = Usage64.NONE;

  /** Enters an answer. */
  synchronized void answered(Usage usage) {
    requests.merge(Status.Code.OK, 1L, Long::sum);
    total = total.plus(usage);
    recent.addLast(usage);
    if (recent.size() > RECENT) {
      recent.removeFirst();
    }
  }

  /** Enters a request that was not answered. */
  synchronized void ended(Status.Code code) {
    requests.merge(code, 1L, Long::sum);
  }

  synchronized Sums sums() {
    Usage64 last = Usage64.NONE;
    for (Usage usage : recent) {
      last = last.plus(usage);
    }
    return new Sums(
        Map.copyOf(requests),
        total,
        rate(last.inputTokens() - last.cachedInputTokens(), last.prefillMillis()),
        rate(last.outputTokens(), last.decodeMillis()));
  }

  private static double rate(long tokens, long millis) {
    return millis == 0 ? 0 : (double) (tokens * MILLIS_A_SECOND) / millis;
  }
}
