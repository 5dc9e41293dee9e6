package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.rpc.Ledger.Sums;
import dev.tsuku.llm.engine.Occupancy;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a daemon tells Prometheus.
 *
 * @param version of this program
 * @param started when the daemon started
 * @param inFlight requests that wait or are answered
 * @param model the name of the model in memory; empty if there is none
 * @param occupancy of its engine
 * @param sums of what was done
 */
record Metrics(
    String version, Instant started, int inFlight, String model, Occupancy occupancy, Sums sums) {

  private static final Path STATM = Path.of("/proc/self/statm");
  private static final long PAGE_BYTES = 4096;
  private static final long MILLIS_A_SECOND = 1000;

  String text() {
    PrometheusText text = new PrometheusText();
    text.gauge("tsuku_llm_info", "Version of the daemon.").sample(Map.of("version", version), 1);
    text.gauge("process_start_time_seconds", "When the daemon started, in Unix time.")
        .sample(seconds(started.toEpochMilli()));
    residentBytes()
        .ifPresent(
            bytes ->
                text.gauge("process_resident_memory_bytes", "Memory of the daemon in use.")
                    .sample(bytes));
    if (!model.isEmpty()) {
      text.gauge("tsuku_llm_model", "The model in memory, or on its way there.")
          .sample(Map.of("model", model), 1);
    }
    requests(text);
    places(text);
    tokens(text);
    return text.toString();
  }

  private void requests(PrometheusText text) {
    text.gauge("tsuku_llm_requests_in_flight", "Requests that wait or are being answered.")
        .sample(inFlight);
    text.counter("tsuku_llm_requests_total", "Requests that have ended, by their gRPC code.");
    // One that never came must be told as 0, or its first cannot be seen as an increase.
    Map<Status.Code, Long> ended = new TreeMap<>(sums.requests());
    ended.putIfAbsent(Status.Code.OK, 0L);
    ended.forEach((code, count) -> text.sample(Map.of("code", code.name()), count));
  }

  private void places(PrometheusText text) {
    text.gauge("tsuku_llm_sequences_running", "Requests that are being computed.")
        .sample(occupancy.running());
    text.gauge("tsuku_llm_sequences_limit", "Most requests that are computed at once.")
        .sample(occupancy.mostRunning());
    text.gauge("tsuku_llm_queue_length", "Requests that wait for a place.")
        .sample(occupancy.waiting());
    text.gauge("tsuku_llm_queue_limit", "Most requests that may wait for a place.")
        .sample(occupancy.mostWaiting());
    text.gauge("tsuku_llm_compute_threads", "Threads that compute the next token.")
        .sample(occupancy.computeThreads());
    text.gauge("tsuku_llm_compute_threads_limit", "Of those, while no other program is busy.")
        .sample(occupancy.mostComputeThreads());
    int free = occupancy.cells() - occupancy.busyCells() - occupancy.keptCells();
    text.gauge("tsuku_llm_context_tokens", "Room of the context, by what it is used for.")
        .sample(Map.of("use", "busy"), occupancy.busyCells())
        .sample(Map.of("use", "kept"), occupancy.keptCells())
        .sample(Map.of("use", "free"), Math.max(0, free));
  }

  private void tokens(PrometheusText text) {
    Ledger.Usage64 usage = sums.usage();
    text.counter("tsuku_llm_input_tokens_total", "Tokens of prompts, cached ones among them.")
        .sample(usage.inputTokens());
    text.counter("tsuku_llm_cached_input_tokens_total", "Tokens of prompts not computed again.")
        .sample(usage.cachedInputTokens());
    text.counter("tsuku_llm_output_tokens_total", "Tokens of answers.")
        .sample(usage.outputTokens());
    text.counter(
            "tsuku_llm_forward_passes_total",
            "Forward passes that chose tokens of answers; one for several answers counts for each.")
        .sample(usage.forwardPasses());
    text.counter("tsuku_llm_forced_tokens_total", "Tokens of answers that had to come.")
        .sample(usage.forcedTokens());
    text.counter("tsuku_llm_draft_tokens_total", "Draft tokens that were computed.")
        .sample(usage.draftTokens());
    text.counter("tsuku_llm_accepted_draft_tokens_total", "Of those, the ones that were right.")
        .sample(usage.acceptedDraftTokens());
    text.counter("tsuku_llm_queue_seconds_total", "Time that answered requests have waited.")
        .sample(seconds(usage.queueMillis()));
    text.counter("tsuku_llm_prefill_seconds_total", "Time from there to their first tokens.")
        .sample(seconds(usage.prefillMillis()));
    text.counter("tsuku_llm_decode_seconds_total", "Time from there to their last tokens.")
        .sample(seconds(usage.decodeMillis()));
  }

  private static double seconds(long millis) {
    return (double) millis / MILLIS_A_SECOND;
  }

  /** Empty where the system does not tell it in a file. */
  private static OptionalLong residentBytes() {
    try {
      String[] pages = Files.readString(STATM).split(" ", -1);
      return OptionalLong.of(Long.parseLong(pages[1]) * PAGE_BYTES);
    } catch (java.io.IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }
}
