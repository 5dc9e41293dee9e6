package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.DaemonStatus;
import dev.tsuku.llm.client.DaemonStatus.ModelState;
import dev.tsuku.llm.client.ToolCall;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutputTest {

  private static final Instant STARTED = Instant.parse("2026-11-01T10:00:00Z");
  private static final DaemonStatus.Daemon DAEMON =
      new DaemonStatus.Daemon(4711, STARTED, 2, "0.1.0", "/h/llm.log");

  private static final DaemonStatus.Work IDLE =
      new DaemonStatus.Work(
          new DaemonStatus.Requests(0, 0, 0, 0),
          new DaemonStatus.Context(0, 0, 0, ""),
          new DaemonStatus.Threads(0, 0),
          0,
          new DaemonStatus.Tokens(0, 0, 0),
          new DaemonStatus.Speed(0, 0));
  private static final DaemonStatus.Work BUSY =
      new DaemonStatus.Work(
          new DaemonStatus.Requests(2, 8, 1, 64),
          new DaemonStatus.Context(32_768, 900, 1_200, "q8_0"),
          new DaemonStatus.Threads(1, 2),
          12,
          new DaemonStatus.Tokens(40_000, 30_000, 512),
          new DaemonStatus.Speed(160.4, 42.25));

  private static DaemonStatus status(
      DaemonStatus.Availability availability, DaemonStatus.Model model) {
    return new DaemonStatus(availability, model, "cpu", 0, DAEMON, IDLE, "");
  }

  private static String table(DaemonStatus status) {
    return StatusTable.of(status, STARTED.plusSeconds(90), ZoneOffset.UTC);
  }

  @Test
  void an_answer_is_one_json_object() {
    Completion answer =
        new Completion(
            "a \"quoted\"\nline ✓",
            List.of(new ToolCall("x1", "get", "{\"a\": [1]}")),
            Completion.StopReason.TOOL_USE,
            new Completion.Usage(
                11,
                4,
                9,
                new Completion.Timings(
                    Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(300)),
                new Completion.Steps(3, 1, 6, 2)),
            "tiny");
    assertThat(Json.of(answer))
        .isEqualTo(
            "{\"content\":\"a \\\"quoted\\\"\\nline ✓\",\"tool_calls\":[{\"id\":\"x1\",\"name\":\"get\","
                + "\"arguments\":{\"a\": [1]}}],\"stop_reason\":\"tool_use\","
                + "\"model\":\"tiny\",\"usage\":{\"input_tokens\":11,\"output_tokens\":4,"
                + "\"cached_input_tokens\":9,\"queue_millis\":1,\"prefill_millis\":20,"
                + "\"decode_millis\":300,\"forward_passes\":3,\"forced_tokens\":1,"
                + "\"draft_tokens\":6,\"accepted_draft_tokens\":2}}");
  }

  @Test
  void a_status_is_one_json_object() {
    DaemonStatus status =
        status(
            new DaemonStatus.Availability(true, false, ""),
            new DaemonStatus.Model(
                "tiny", 1_200_000, ModelState.ON_DISK, 0.5, "other", List.of("third")));
    assertThat(Json.of(Optional.of(status)))
        .isEqualTo(
            "{\"running\":true,\"ready\":true,\"draining\":false,\"problem\":\"\","
                + "\"model_name\":\"tiny\",\"model_size_bytes\":1200000,"
                + "\"model_state\":\"on_disk\",\"load_progress\":0.5,\"loaded_model\":\"other\","
                + "\"resting_models\":[\"third\"],"
                + "\"backend\":\"cpu\","
                + "\"available_vram_bytes\":0,\"in_flight\":2,\"pid\":4711,"
                + "\"started\":\"2026-11-01T10:00:00Z\",\"version\":\"0.1.0\","
                + "\"log_file\":\"/h/llm.log\",\"note\":\"\",\"work\":{"
                + "\"running\":0,\"running_limit\":0,\"waiting\":0,\"waiting_limit\":0,"
                + "\"context_tokens\":0,\"busy_context_tokens\":0,\"kept_context_tokens\":0,\"kv_cache_type\":\"\","
                + "\"compute_threads\":0,\"compute_threads_limit\":0,"
                + "\"answered\":0,\"input_tokens\":0,\"cached_input_tokens\":0,"
                + "\"output_tokens\":0,\"prefill_tokens_per_second\":0.0,"
                + "\"decode_tokens_per_second\":0.0}}");
  }

  @Test
  void a_status_tells_what_was_done_and_what_should_be_known() {
    DaemonStatus.Model tiny =
        new DaemonStatus.Model("tiny", 1_200_000, ModelState.LOADED, 1, "tiny", List.of());
    DaemonStatus status =
        new DaemonStatus(
            new DaemonStatus.Availability(true, false, ""),
            tiny,
            "cpu",
            0,
            DAEMON,
            BUSY,
            "Mind it.");
    assertThat(table(status))
        .contains(
            "note       Mind it.\n",
            "context    32,768 tokens for up to 8 at once: 900 busy, 1,200 kept, stored as q8_0\n",
            "threads    1 of 2: the processor has other work\n",
            "answered   12: 40,000 tokens read, 75 % of them cached, 512 written\n",
            "speed      160 tokens/s read, 42.3 tokens/s written, by the last answers\n");
    assertThat(Json.of(Optional.of(status)))
        .contains("\"note\":\"Mind it.\"", "\"running\":2,\"running_limit\":8")
        .contains("\"decode_tokens_per_second\":42.25");
  }

  @Test
  void a_status_is_a_table() {
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(true, false, ""),
                    new DaemonStatus.Model(
                        "tiny", 469_000_000, ModelState.LOADED, 1, "tiny", List.of()))))
        .isEqualTo(
            """
            state      ready
            model      tiny (469 MB)
            backend    cpu
            in flight  2
            pid        4711
            since      2026-11-01 10:00:00 (1m30s)
            version    0.1.0
            log        /h/llm.log""");
  }

  @Test
  void a_model_being_loaded_shows_how_far() {
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(true, false, ""),
                    new DaemonStatus.Model(
                        "tiny", 2_500_000_000L, ModelState.LOADING, 0.42, "tiny", List.of()))))
        .contains("state      ready, loading the model (42 %)", "tiny (2.5 GB)");
  }

  @Test
  void another_model_in_memory_has_a_row_of_its_own() {
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(true, false, ""),
                    new DaemonStatus.Model(
                        "tiny", 1_200_000, ModelState.ON_DISK, 0, "other", List.of()))))
        .contains("model      tiny (1 MB)\nin memory  other\nbackend    cpu");
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(true, false, ""),
                    new DaemonStatus.Model(
                        "tiny", 1_200_000, ModelState.LOADED, 1, "tiny", List.of("other")))))
        .contains("in memory  tiny, other\n");
  }

  @Test
  void what_is_missing_is_said() {
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(false, false, "No model fits."),
                    new DaemonStatus.Model("", 0, ModelState.MISSING, 0, "", List.of()))))
        .contains("state      not ready", "problem    No model fits.", "model      none");
  }

  @Test
  void a_daemon_on_its_way_out_says_so() {
    assertThat(
            table(
                status(
                    new DaemonStatus.Availability(false, true, ""),
                    new DaemonStatus.Model("tiny", 1, ModelState.LOADED, 1, "tiny", List.of()))))
        .startsWith("state      shutting down");
  }
}
