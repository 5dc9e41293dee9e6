package dev.tsuku.llm.cli;

import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tsuku-llm schema}: what can be made of a JSON Schema. */
@Command(
    name = "schema",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Tells what is supported of a JSON Schema.",
    synopsisSubcommandLabel = "COMMAND",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n")
final class Schema implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private @Nullable CommandSpec spec;

  Schema(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "What to do with a schema is missing: check.");
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      header = "Checks whether every condition of a JSON Schema can be honoured.",
      description =
          "%nNames the place of what cannot be, with status 1, and what has no effect. No daemon is"
              + " needed.",
      synopsisHeading = "%nUsage: ",
      parameterListHeading = "%n",
      optionListHeading = "%nOptions:%n")
  int check(
      @Parameters(paramLabel = "FILE", description = "A JSON Schema of draft 4 to 2020-12.")
          Path file,
      @Option(names = "--json", description = "Print a JSON object.") boolean json) {
    String text = InputFile.read(file);
    try {
      CompiledGrammar.ofSchema(text, Grounds.ANY, CompileLimit.NONE);
      List<String> notes = Nodes.notes(text);
      terminal.out().println(json ? asJson(true, "", notes) : asText(file, notes));
      terminal.flush();
      return 0;
    } catch (SchemaException e) {
      if (!json) {
        throw new Failure(file + " is not supported, " + e.getMessage() + ".", e);
      }
      terminal.out().println(asJson(false, String.valueOf(e.getMessage()), List.of()));
      terminal.flush();
      return 1;
    }
  }

  private static String asText(Path file, List<String> notes) {
    StringBuilder text = new StringBuilder(file + " is supported.");
    notes.forEach(note -> text.append(System.lineSeparator()).append("  ").append(note));
    return text.toString();
  }

  private static String asJson(boolean isSupported, String problem, List<String> notes) {
    return Json.object(
        object -> {
          object.writeBooleanProperty("supported", isSupported);
          if (!isSupported) {
            object.writeStringProperty("problem", problem);
          }
          object.writeArrayPropertyStart("notes");
          notes.forEach(object::writeString);
          object.writeEndArray();
        });
  }
}
