package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.Occupancy;
import dev.tsuku.llm.protocol.v1.Usage;
import io.grpc.Status;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest {

  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"\\})? (\\S+)");

  private final Ledger ledger = new Ledger();

  private Metrics metrics(String model) {
    return new Metrics(
        "0.1.0",
        Instant.ofEpochMilli(1_700_000_000_500L),
        3,
        model,
        new Occupancy(2, 8, 1, 64, 1000, 300, 500, 3, 4, "f16"),
        ledger.sums());
  }

  /** Reads the format strictly: a family at a time, told before its samples, none twice. */
  private static Map<String, Double> parsed(String text) {
    Map<String, Double> samples = new LinkedHashMap<>();
    assertThat(text).endsWith("\n");
    String family = "";
    boolean typed = false;
    for (String line : text.split("\n", 0)) {
      if (line.startsWith("# HELP ")) {
        family = line.split(" ", 4)[2];
        typed = false;
        assertThat(line.split(" ", 4)[3]).isNotBlank();
      } else if (line.startsWith("# TYPE ")) {
        assertThat(line).matches("# TYPE " + family + " (counter|gauge)");
        assertThat(line.endsWith("counter")).isEqualTo(family.endsWith("_total"));
        typed = true;
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).isEqualTo(family);
        assertThat(typed).isTrue();
        String name = line.substring(0, line.lastIndexOf(' '));
        assertThat(samples.put(name, Double.valueOf(sample.group(3)))).as(name).isNull();
      }
    }
    return samples;
  }

  @Test
  void everything_that_was_done_is_counted() {
    ledger.answered(usage(100, 60, 10, 1_500));
    ledger.answered(usage(50, 0, 20, 500));
    ledger.ended(Status.Code.CANCELLED);
    assertThat(parsed(metrics("tiny").text()))
        .containsEntry("tsuku_llm_info{version=\"0.1.0\"}", 1.0)
        .containsEntry("process_start_time_seconds", 1_700_000_000.5)
        .containsEntry("tsuku_llm_model{model=\"tiny\"}", 1.0)
        .containsEntry("tsuku_llm_requests_in_flight", 3.0)
        .containsEntry("tsuku_llm_requests_total{code=\"OK\"}", 2.0)
        .containsEntry("tsuku_llm_requests_total{code=\"CANCELLED\"}", 1.0)
        .containsEntry("tsuku_llm_input_tokens_total", 150.0)
        .containsEntry("tsuku_llm_cached_input_tokens_total", 60.0)
        .containsEntry("tsuku_llm_output_tokens_total", 30.0)
        .containsEntry("tsuku_llm_decode_seconds_total", 2.0)
        .containsEntry("tsuku_llm_forward_passes_total", 20.0)
        .containsEntry("tsuku_llm_forced_tokens_total", 4.0)
        .containsEntry("tsuku_llm_draft_tokens_total", 8.0)
        .containsEntry("tsuku_llm_accepted_draft_tokens_total", 6.0)
        .containsEntry("tsuku_llm_queue_length", 1.0)
        .containsEntry("tsuku_llm_context_tokens{use=\"free\"}", 200.0);
  }

  @Test
  void a_daemon_that_has_done_nothing_says_so() {
    assertThat(parsed(metrics("").text()))
        .containsEntry("tsuku_llm_requests_total{code=\"OK\"}", 0.0)
        .containsEntry("tsuku_llm_output_tokens_total", 0.0)
        .doesNotContainKey("tsuku_llm_model{model=\"\"}");
  }

  @Test
  void a_name_with_quotes_and_line_ends_stays_one_value() {
    assertThat(parsed(metrics("a\"b\\c\nd").text()))
        .containsEntry("tsuku_llm_model{model=\"a\\\"b\\\\c\\nd\"}", 1.0);
  }

  @Test
  void the_speed_is_that_of_the_last_answers() {
    ledger.answered(usage(1_000_000, 0, 1_000_000, 1));
    for (int i = 0; i < 16; i++) {
      ledger.answered(usage(300, 100, 20, 2_000));
    }
    assertThat(ledger.sums().decodeTokensPerSecond()).isEqualTo(10);
    assertThat(ledger.sums().prefillTokensPerSecond()).isEqualTo(400);
    assertThat(new Ledger().sums().decodeTokensPerSecond()).isZero();
  }

  private static Usage usage(int input, int cached, int output, long decodeMillis) {
    return Usage.newBuilder()
        .setInputTokens(input)
        .setCachedInputTokens(cached)
        .setOutputTokens(output)
        .setPrefillMillis(500)
        .setDecodeMillis(decodeMillis)
        .setForwardPasses(output - 5)
        .setForcedTokens(2)
        .setDraftTokens(4)
        .setAcceptedDraftTokens(3)
        .build();
  }
}
