package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.client.Completion.StopReason;
import dev.tsuku.llm.client.DaemonStatus.ModelState;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.protocol.v1.ToolResult;
import dev.tsuku.llm.protocol.v1.Usage;
import dev.tsuku.llm.protocol.v1.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Our records as messages of the wire and back; protobuf goes no further than here. */
final class Wire {

  private Wire() {}

  static CompletionRequest request(Prompt prompt) {
    CompletionRequest.Builder request =
        CompletionRequest.newBuilder()
            .setSystemPrompt(prompt.system())
            .setMaxTokens(prompt.maxTokens())
            .setJsonSchema(prompt.jsonSchema())
            .setToolChoice(prompt.toolChoice())
            .setParallelToolCalls(prompt.parallelToolCalls())
            .setModel(prompt.model())
            .setChatTemplate(prompt.chatTemplate());
    set(request, prompt.sampling());
    request.addAllStop(prompt.stop());
    for (Message message : prompt.messages()) {
      request.addMessages(message(message));
    }
    for (Prompt.Tool tool : prompt.tools()) {
      request.addTools(
          ToolDef.newBuilder()
              .setName(tool.name())
              .setDescription(tool.description())
              .setParametersSchema(tool.parametersSchema()));
    }
    return request.build();
  }

  private static void set(CompletionRequest.Builder request, Sampling sampling) {
    if (!sampling.equals(Sampling.GREEDY)) {
      request
          .setTemperature((float) sampling.temperature())
          .setTopK(sampling.topK())
          .setTopP((float) sampling.topP())
          .setMinP((float) sampling.minP())
          .setRepetitionPenalty((float) sampling.repetitionPenalty());
      sampling.seed().ifPresent(request::setSeed);
    }
  }

  private static dev.tsuku.llm.protocol.v1.Message message(Message message) {
    var wire = dev.tsuku.llm.protocol.v1.Message.newBuilder();
    return switch (message) {
      case Message.User user -> wire.setRole(Role.ROLE_USER).setContent(user.content()).build();
      case Message.Assistant assistant -> {
        wire.setRole(Role.ROLE_ASSISTANT).setContent(assistant.content());
        for (ToolCall call : assistant.toolCalls()) {
          wire.addToolCalls(toolCall(call));
        }
        yield wire.build();
      }
      case Message.ToolResult result ->
          wire.setRole(Role.ROLE_USER)
              .setToolResult(
                  ToolResult.newBuilder()
                      .setToolCallId(result.toolCallId())
                      .setContent(result.content())
                      .setIsError(result.isError()))
              .build();
    };
  }

  private static dev.tsuku.llm.protocol.v1.ToolCall toolCall(ToolCall call) {
    return dev.tsuku.llm.protocol.v1.ToolCall.newBuilder()
        .setId(call.id())
        .setName(call.name())
        .setArgumentsJson(call.arguments())
        .build();
  }

  static Completion completion(CompletionResponse response) {
    return new Completion(
        response.getContent(),
        response.getToolCallsList().stream().map(Wire::toolCall).toList(),
        stopReason(response.getStopReason()),
        usage(response.getUsage()),
        response.getModel());
  }

  private static Completion.Usage usage(Usage usage) {
    return new Completion.Usage(
        usage.getInputTokens(),
        usage.getOutputTokens(),
        usage.getCachedInputTokens(),
        new Completion.Timings(
            Duration.ofMillis(usage.getQueueMillis()),
            Duration.ofMillis(usage.getPrefillMillis()),
            Duration.ofMillis(usage.getDecodeMillis())),
        new Completion.Steps(
            usage.getForwardPasses(),
            usage.getForcedTokens(),
            usage.getDraftTokens(),
            usage.getAcceptedDraftTokens()));
  }

  /** What the listener is told of an event; empty for the last, and for one from the future. */
  static Optional<CompletionEvent> event(dev.tsuku.llm.protocol.v1.CompletionEvent event) {
    return switch (event.getEventCase()) {
      case QUEUED -> Optional.of(new CompletionEvent.Queued(event.getQueued().getPosition()));
      case DOWNLOADING ->
          Optional.of(
              new CompletionEvent.Downloading(
                  event.getDownloading().getBytes(), event.getDownloading().getTotalBytes()));
      case LOADING ->
          Optional.of(
              new CompletionEvent.Loading(
                  event.getLoading().getBytes(), event.getLoading().getTotalBytes()));
      case PREFILL ->
          Optional.of(
              new CompletionEvent.Prefill(
                  event.getPrefill().getTokens(),
                  event.getPrefill().getTotalTokens(),
                  event.getPrefill().getCachedTokens()));
      case TEXT -> Optional.of(new CompletionEvent.Text(event.getText()));
      case TOOL_CALL -> Optional.of(new CompletionEvent.ToolCalled(toolCall(event.getToolCall())));
      case DONE, EVENT_NOT_SET -> Optional.empty();
    };
  }

  private static ToolCall toolCall(dev.tsuku.llm.protocol.v1.ToolCall call) {
    return new ToolCall(call.getId(), call.getName(), call.getArgumentsJson());
  }

  private static StopReason stopReason(String name) {
    for (StopReason reason : StopReason.values()) {
      if (reason.wireName().equals(name)) {
        return reason;
      }
    }
    throw new ClientException(
        Kind.FAILED,
        "The daemon ended its answer with '"
            + name
            + "', which this client does not know. Use a client and a daemon of one version.");
  }

  static DaemonStatus status(StatusResponse response) {
    return new DaemonStatus(
        new DaemonStatus.Availability(
            response.getReady(), response.getDraining(), response.getProblem()),
        new DaemonStatus.Model(
            response.getModelName(),
            response.getModelSizeBytes(),
            modelState(response),
            response.getLoadProgress(),
            response.getLoadedModel(),
            response.getRestingModelsList()),
        response.getBackend(),
        response.getAvailableVramBytes(),
        new DaemonStatus.Daemon(
            response.getPid(),
            Instant.ofEpochMilli(response.getStartedUnixMillis()),
            response.getInFlight(),
            response.getAddonVersion(),
            response.getLogFile()),
        work(response.getWork()),
        response.getNote());
  }

  private static DaemonStatus.Work work(Work work) {
    return new DaemonStatus.Work(
        new DaemonStatus.Requests(
            work.getRunning(), work.getRunningLimit(), work.getWaiting(), work.getWaitingLimit()),
        new DaemonStatus.Context(
            work.getContextTokens(),
            work.getBusyContextTokens(),
            work.getKeptContextTokens(),
            work.getKvCacheType()),
        new DaemonStatus.Threads(work.getComputeThreads(), work.getComputeThreadsLimit()),
        work.getAnswered(),
        new DaemonStatus.Tokens(
            work.getInputTokens(), work.getCachedInputTokens(), work.getOutputTokens()),
        new DaemonStatus.Speed(work.getPrefillTokensPerSecond(), work.getDecodeTokensPerSecond()));
  }

  private static ModelState modelState(StatusResponse response) {
    return switch (response.getModelState()) {
      case MODEL_STATE_MISSING -> ModelState.MISSING;
      case MODEL_STATE_ON_DISK -> ModelState.ON_DISK;
      case MODEL_STATE_LOADING -> ModelState.LOADING;
      case MODEL_STATE_LOADED -> ModelState.LOADED;
      case MODEL_STATE_UNSPECIFIED, UNRECOGNIZED -> ModelState.UNKNOWN;
    };
  }
}
