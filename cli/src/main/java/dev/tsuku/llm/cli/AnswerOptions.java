package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what an answer has to be. */
final class AnswerOptions {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description = "Answer with JSON that obeys the JSON Schema in this file.")
  private @Nullable Path schema;

  @Option(
      names = "--tools",
      paramLabel = "FILE",
      description =
          "Let the model call the tools in this file: a JSON array of objects with name, description"
              + " and parameters, which is a JSON Schema. Calls are printed, not made.")
  private @Nullable Path tools;

  @Option(
      names = "--tool-choice",
      paramLabel = "CHOICE",
      description =
          "auto, unless given: call tools or not; required: call one; none; or the name of the one"
              + " to call.")
  private @Nullable String toolChoice;

  @Option(
      names = "--parallel-tool-calls",
      description =
          "Let one answer call several tools, each with other arguments; without this it ends with its"
              + " first call.")
  private boolean parallelToolCalls;

  /**
   * Where the fields of a request with these options came from.
   *
   * @param chatTemplate the file of a chat template; empty if there is none
   */
  RequestFields fields(String chatTemplate) {
    return new RequestFields(chatTemplate, Optional.ofNullable(schema), Optional.ofNullable(tools));
  }

  /**
   * The prompt with what was asked for. A schema that cannot be honoured is refused here, before
   * anything is started for it.
   */
  Prompt applied(Prompt prompt) {
    if (schema != null && tools != null) {
      throw misused(
          "--schema and --tools are both given. Give one: all of an answer is JSON, or not.");
    }
    if (tools == null && (toolChoice != null || parallelToolCalls)) {
      throw misused(
          (toolChoice == null ? "--parallel-tool-calls" : "--tool-choice")
              + " is given without --tools. Add --tools FILE.");
    }
    Prompt applied = prompt;
    if (schema != null) {
      String text = InputFile.read(schema);
      requireSupported(schema.toString(), text);
      if (!prompt.stop().isEmpty()) {
        throw misused("--stop would cut the JSON of --schema in two. Give one of them only.");
      }
      applied = applied.withJsonSchema(text);
    }
    if (tools != null) {
      List<Prompt.Tool> list = ToolFile.read(tools);
      for (Prompt.Tool tool : list) {
        if (!tool.parametersSchema().isEmpty()) {
          requireSupported(
              "In " + tools + ", the tool '" + tool.name() + "'", tool.parametersSchema());
        }
      }
      applied =
          applied
              .withTools(list)
              .withToolChoice(Objects.requireNonNullElse(toolChoice, ""))
              .withParallelToolCalls(parallelToolCalls);
    }
    return applied;
  }

  private static void requireSupported(String what, String text) {
    try {
      CompiledGrammar.ofSchema(text, Grounds.ANY, CompileLimit.NONE);
    } catch (SchemaException e) {
      throw new Failure(what + " is not supported, " + e.getMessage() + ".", e);
    }
  }

  private ParameterException misused(String sentence) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), sentence);
  }
}
