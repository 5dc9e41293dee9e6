package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** All commands together, and what a wrong command line or a failure gets to hear. */
@Command(
    name = "tsuku-llm",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "[COMMAND]",
    header = "Answers prompts with a language model that runs on this machine.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands (none is the same as 'serve'):%n",
    footer = {
      "",
      "Files lie in TSUKU_HOME, which is ~/.tsuku unless it is set. Other variables:",
      "TSUKU_LLM_MODEL, TSUKU_LLM_BACKEND (cuda, metal, vulkan or cpu), TSUKU_LLM_IDLE_TIMEOUT,",
      "TSUKU_LLM_CONTEXT, TSUKU_LLM_SEQUENCES, TSUKU_LLM_CACHE_MIB, TSUKU_LLM_THREADS,",
      "TSUKU_LLM_KV_CACHE_TYPE (f16, q8_0 or q4_0), TSUKU_LLM_CHAT_TEMPLATE, TSUKU_LLM_LIBRARY_PATH.",
      "'tsuku-llm config' shows what holds.",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong command line or settings, 130 interrupted, 141 nobody",
      "reads the output any more."
    })
final class CommandTree implements Callable<Integer> {

  private static final int INTERRUPTED = 130;

  /** What a shell tells of a program that a broken pipe has ended. */
  private static final int READER_GONE = 141;

  private final Serve serve;

  private CommandTree(Serve serve) {
    this.serve = serve;
  }

  /** Runs the command that {@code args} name and returns the exit status. */
  static int run(Terminal terminal, String... args) {
    Serve serve = new Serve(terminal);
    CommandLine line = new CommandLine(new CommandTree(serve));
    List<Callable<Integer>> commands =
        List.of(
            serve,
            new Complete(terminal),
            new Extract(terminal),
            new Status(terminal),
            new Metrics(terminal),
            new Stop(terminal),
            new Config(terminal),
            new Cache(terminal),
            new Schema(terminal));
    List<Callable<Integer>> named =
        commands.stream().filter(command -> args.length > 0 && isNamed(command, args[0])).toList();
    // Reading a command's annotations takes long enough to notice: the one that is meant will do.
    (named.isEmpty() ? commands : named).forEach(line::addSubcommand);
    return line
        // A prompt may begin with '@'.
        .setExpandAtFiles(false)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100)
        .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler((e, _) -> misused(terminal, e))
        .setExecutionExceptionHandler((e, _, _) -> failed(terminal, e))
        .execute(args);
  }

  private static boolean isNamed(Callable<Integer> command, String name) {
    return command.getClass().getAnnotation(Command.class).name().equals(name);
  }

  @Override
  public Integer call() {
    return serve.call();
  }

  private static int misused(Terminal terminal, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    terminal.tell(sentence(e) + " See '" + command + " --help'.");
    return ExitCode.USAGE;
  }

  private static String sentence(ParameterException e) {
    return switch (e) {
      case UnmatchedArgumentException unmatched -> unmatched(unmatched);
      case OverwrittenOptionException twice ->
          "An option is given twice: " + twice.getMessage() + ".";
      case MissingParameterException missing -> missing(missing);
      default -> e.getMessage() + (String.valueOf(e.getMessage()).endsWith(".") ? "" : ".");
    };
  }

  private static String missing(MissingParameterException e) {
    return e.getMissing().getFirst() instanceof OptionSpec option
        ? "The option " + option.longestName() + " needs a value: " + option.paramLabel() + "."
        : e.getMessage() + ".";
  }

  private static String unmatched(UnmatchedArgumentException e) {
    List<String> arguments = e.getUnmatched();
    String first = arguments.getFirst();
    if (first.startsWith("-") && first.length() > 1) {
      return "There is no option '" + first + "'.";
    }
    if (e.getCommandLine().getParent() == null) {
      return "There is no command '"
          + first
          + "'. There are serve, complete, extract, status, metrics, stop, config, cache and schema.";
    }
    if (e.getCommandLine().getCommandName().equals(Complete.NAME)) {
      return "The prompt is one argument, and '" + first + "' is another. Put it in quotes.";
    }
    return "'" + first + "' is one argument too many.";
  }

  private static int failed(Terminal terminal, Exception e) {
    if (terminal.isDebugging()) {
      e.printStackTrace(terminal.err());
    }
    if (e instanceof ReaderGone) {
      return READER_GONE;
    }
    if (e instanceof ClientException failure
        && failure.kind() == ClientException.Kind.CANCELLED
        && failure.reason().isEmpty()) {
      return INTERRUPTED;
    }
    boolean foreseen = e instanceof ClientException || e instanceof Failure;
    terminal.tell(
        foreseen
            ? String.valueOf(e.getMessage())
            : "This should not have happened: "
                + e
                + ". TSUKU_LLM_DEBUG=1 shows where; please report it.");
    return e instanceof ClientException failure && failure.isOfSettings()
        ? ExitCode.USAGE
        : ExitCode.SOFTWARE;
  }
}
