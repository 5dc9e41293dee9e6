package dev.tsuku.llm.client;

import java.util.List;

/**
 * What the model is asked: one turn of a conversation. Made with {@link #of} and the {@code with}
 * methods, each of which returns a changed copy.
 *
 * @param system the instructions that stand before the conversation; may be empty
 * @param messages the conversation so far; the last one is to be answered
 * @param tools what the model may call instead of answering with text
 * @param toolChoice whether tools are called: {@code "auto"} or empty, as the model likes; {@code
 *     "required"}; {@code "none"}; or the name of the one that must be
 * @param parallelToolCalls whether an answer may call several tools; if not, it ends with its first
 *     call
 * @param jsonSchema a JSON Schema as text that the whole answer must match; empty: any text. Then
 *     no tool is called
 * @param maxTokens how many tokens the answer may have; 0: the daemon's default
 * @param model a name as in the daemon's status, or the absolute path of a GGUF file; empty: the
 *     daemon's own choice
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer before them: at most 16, of 1 to 256 characters
 * @param chatTemplate what writes the prompt: Jinja source, or {@link #CHATML}; empty: the daemon's
 *     setting or the model's own template
 */
public record Prompt(
    String system,
    List<Message> messages,
    List<Tool> tools,
    String toolChoice,
    boolean parallelToolCalls,
    String jsonSchema,
    int maxTokens,
    String model,
    Sampling sampling,
    List<String> stop,
    String chatTemplate) {

  /** The chat template that is known by this name, for which there is no source. */
  public static final String CHATML = "chatml";

  /**
   * A tool that the model may call.
   *
   * @param parametersSchema a JSON Schema of the arguments, as text
   */
  public record Tool(String name, String description, String parametersSchema) {}

  public Prompt {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    stop = List.copyOf(stop);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("A prompt has at least one message.");
    }
    if (maxTokens < 0) {
      throw new IllegalArgumentException(
          "maxTokens is " + maxTokens + ". Give 1 or more, or 0 for the daemon's default.");
    }
  }

  /** One message of the user, everything else as the daemon likes it. */
  public static Prompt of(String text) {
    return of(List.of(new Message.User(text)));
  }

  /** A conversation, everything else as the daemon likes it. */
  public static Prompt of(List<Message> messages) {
    return new Prompt(
        "", messages, List.of(), "", false, "", 0, "", Sampling.GREEDY, List.of(), "");
  }

  public Prompt withSystem(String text) {
    return new Prompt(
        text,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withTools(List<Tool> list) {
    return new Prompt(
        system,
        messages,
        list,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withToolChoice(String choice) {
    return new Prompt(
        system,
        messages,
        tools,
        choice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withParallelToolCalls(boolean allowed) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        allowed,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withJsonSchema(String schema) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        schema,
        maxTokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withMaxTokens(int tokens) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        tokens,
        model,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withModel(String nameOrPath) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        nameOrPath,
        sampling,
        stop,
        chatTemplate);
  }

  public Prompt withSampling(Sampling choice) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        choice,
        stop,
        chatTemplate);
  }

  public Prompt withStop(List<String> texts) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        texts,
        chatTemplate);
  }

  public Prompt withChatTemplate(String source) {
    return new Prompt(
        system,
        messages,
        tools,
        toolChoice,
        parallelToolCalls,
        jsonSchema,
        maxTokens,
        model,
        sampling,
        stop,
        source);
  }
}
