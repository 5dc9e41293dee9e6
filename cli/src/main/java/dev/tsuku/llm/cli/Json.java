package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.DaemonStatus;
import dev.tsuku.llm.client.ToolCall;
import dev.tsuku.llm.recipe.Recipe;
import java.io.StringWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Answers for programs: one JSON object on one line, its names as on the wire. */
final class Json {

  private Json() {}

  static String of(Completion answer) {
    return object(
        json -> {
          json.writeStringProperty("content", answer.content());
          json.writeArrayPropertyStart("tool_calls");
          for (ToolCall call : answer.toolCalls()) {
            json.writeStartObject();
            json.writeStringProperty("id", call.id());
            write(call, json);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeStringProperty("stop_reason", answer.stopReason().wireName());
          json.writeStringProperty("model", answer.model());
          json.writeObjectPropertyStart("usage");
          json.writeNumberProperty("input_tokens", answer.usage().inputTokens());
          json.writeNumberProperty("output_tokens", answer.usage().outputTokens());
          json.writeNumberProperty("cached_input_tokens", answer.usage().cachedInputTokens());
          Completion.Timings timings = answer.usage().timings();
          json.writeNumberProperty("queue_millis", timings.queued().toMillis());
          json.writeNumberProperty("prefill_millis", timings.prefill().toMillis());
          json.writeNumberProperty("decode_millis", timings.decode().toMillis());
          Completion.Steps steps = answer.usage().steps();
          json.writeNumberProperty("forward_passes", steps.forwardPasses());
          json.writeNumberProperty("forced_tokens", steps.forced());
          json.writeNumberProperty("draft_tokens", steps.drafted());
          json.writeNumberProperty("accepted_draft_tokens", steps.accepted());
          json.writeEndObject();
        });
  }

  /** A call without its id, which is of use only beside others. */
  static String of(ToolCall call) {
    return object(json -> write(call, json));
  }

  static String of(RecipeReport report) {
    return object(
        json -> {
          json.writeStringProperty("repository", report.repository());
          json.writeStringProperty("tag", report.tag());
          json.writeArrayPropertyStart("mappings");
          for (Recipe.Mapping mapping : report.recipe().mappings()) {
            json.writeStartObject();
            json.writeStringProperty("os", mapping.os());
            json.writeStringProperty("arch", mapping.arch());
            json.writeStringProperty("asset", mapping.asset());
            json.writeStringProperty("format", mapping.format());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeStringProperty("executable", report.recipe().executable());
          json.writeStringProperty("verify_command", report.recipe().verifyCommand());
          json.writeStringProperty("model", report.model());
        });
  }

  private static void write(ToolCall call, JsonGenerator json) {
    json.writeStringProperty("name", call.name());
    json.writeName("arguments");
    json.writeRawValue(call.arguments());
  }

  static String of(Optional<DaemonStatus> running) {
    return object(
        json -> {
          json.writeBooleanProperty("running", running.isPresent());
          running.ifPresent(status -> write(status, json));
        });
  }

  private static void write(DaemonStatus status, JsonGenerator json) {
    json.writeBooleanProperty("ready", status.availability().ready());
    json.writeBooleanProperty("draining", status.availability().draining());
    json.writeStringProperty("problem", status.availability().problem());
    json.writeStringProperty("model_name", status.model().name());
    json.writeNumberProperty("model_size_bytes", status.model().bytes());
    json.writeStringProperty("model_state", status.model().state().name().toLowerCase(Locale.ROOT));
    json.writeNumberProperty("load_progress", status.model().progress());
    json.writeStringProperty("loaded_model", status.model().loaded());
    json.writeArrayPropertyStart("resting_models");
    for (String model : status.model().resting()) {
      json.writeString(model);
    }
    json.writeEndArray();
    json.writeStringProperty("backend", status.backend());
    json.writeNumberProperty("available_vram_bytes", status.availableVramBytes());
    json.writeNumberProperty("in_flight", status.daemon().inFlight());
    json.writeNumberProperty("pid", status.daemon().pid());
    json.writeStringProperty("started", status.daemon().started().toString());
    json.writeStringProperty("version", status.daemon().version());
    json.writeStringProperty("log_file", status.daemon().logFile());
    json.writeStringProperty("note", status.note());
    write(status.work(), json);
  }

  private static void write(DaemonStatus.Work work, JsonGenerator json) {
    json.writeObjectPropertyStart("work");
    json.writeNumberProperty("running", work.requests().running());
    json.writeNumberProperty("running_limit", work.requests().runningLimit());
    json.writeNumberProperty("waiting", work.requests().waiting());
    json.writeNumberProperty("waiting_limit", work.requests().waitingLimit());
    json.writeNumberProperty("context_tokens", work.context().tokens());
    json.writeNumberProperty("busy_context_tokens", work.context().busy());
    json.writeNumberProperty("kept_context_tokens", work.context().kept());
    json.writeStringProperty("kv_cache_type", work.context().kvCacheType());
    json.writeNumberProperty("compute_threads", work.threads().computing());
    json.writeNumberProperty("compute_threads_limit", work.threads().limit());
    json.writeNumberProperty("answered", work.answered());
    json.writeNumberProperty("input_tokens", work.tokens().input());
    json.writeNumberProperty("cached_input_tokens", work.tokens().cached());
    json.writeNumberProperty("output_tokens", work.tokens().output());
    json.writeNumberProperty("prefill_tokens_per_second", work.speed().prefill());
    json.writeNumberProperty("decode_tokens_per_second", work.speed().decode());
    json.writeEndObject();
  }

  /** An object with this content. */
  static String object(Consumer<JsonGenerator> content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      content.accept(json);
      json.writeEndObject();
    }
    return text.toString();
  }
}
