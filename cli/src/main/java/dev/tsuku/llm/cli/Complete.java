package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Completion.StopReason;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.protocol.Home;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tsuku-llm complete}: one prompt, one answer. */
@Command(
    name = Complete.NAME,
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Answers one prompt, and starts the daemon for it if none is running.",
    description = {
      "%nThe answer is printed as it comes. Until then, a line on a terminal says what is waited for."
    },
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tsuku-llm complete 'Name three colours.'",
      "  git diff | tsuku-llm complete --system 'Write a commit message.' -",
      "  tsuku-llm complete --schema person.json 'Ada Lovelace, born in 1815'"
    })
final class Complete implements Callable<Integer> {

  static final String NAME = "complete";

  private static final String STANDARD_INPUT = "-";

  /** The daemon's own limit where none is given. */
  private static final int DEFAULT_LIMIT = 4096;

  private final Terminal terminal;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The prompt; - reads it from standard input.")
  private @Nullable String prompt;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "A model's name, or the path of a GGUF file; else the daemon chooses.")
  private String model = "";

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "Instructions that stand before the prompt.")
  private String system = "";

  @Option(
      names = "--chat-template",
      paramLabel = "FILE|chatml",
      description =
          "Write the prompt with the Jinja template in this file, or as ChatML, not with the model's own template.")
  private String chatTemplate = "";

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "How many tokens the answer may have: 1 or more; 4096 unless given.")
  private @Nullable String maxTokens;

  @Option(
      names = "--json",
      description =
          "Print the answer as a JSON object when it is whole, with its stop reason, model and usage.")
  private boolean json;

  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Mixin private AnswerOptions answers = new AnswerOptions();

  Complete(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    int limit = tokenLimit();
    Prompt sampled = answers.applied(sampling.applied(Prompt.of(text())));
    Home home = Session.home(terminal);
    Prompt asked =
        sampled
            .withSystem(system)
            .withMaxTokens(limit)
            .withChatTemplate(template())
            .withModel(ModelArgument.resolved(model, home));
    Completion answer;
    try (AnswerPrinter printer = new AnswerPrinter(terminal, json);
        Session session = Session.connectOrStart(home)) {
      answer = session.client().stream(asked, printer);
      printer.finish(answer);
    } catch (ClientException e) {
      throw inOurWords(e);
    }
    BuiltinLine.print(terminal, model, answer);
    tellLimit(answer, limit == 0 ? DEFAULT_LIMIT : limit);
    return 0;
  }

  private RuntimeException inOurWords(ClientException refusal) {
    String said = refusal.getMessage();
    String ours = answers.fields(isChatMl() ? "" : chatTemplate).inWordsOfTheCommand(said);
    return ours.equals(said) ? refusal : new Failure(ours, refusal);
  }

  private void tellLimit(Completion answer, int limit) {
    if (!json && answer.stopReason() == StopReason.MAX_TOKENS) {
      int tokens = answer.usage().outputTokens();
      terminal.tell(
          "stopped at "
              + tokens
              + (tokens < limit
                  ? " tokens, where the model's context ends"
                  : " tokens; give more with --max-tokens"));
    }
  }

  /** 0 where none is given: the daemon's default. */
  private int tokenLimit() {
    if (maxTokens == null) {
      return 0;
    }
    try {
      int limit = Integer.parseInt(maxTokens);
      if (limit >= 1) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Told below, together with zero and less.
    }
    throw misused(
        "--max-tokens takes a whole number from 1 to "
            + Integer.MAX_VALUE
            + ", such as 256, not '"
            + maxTokens
            + "'.");
  }

  private String text() {
    if (prompt == null) {
      throw misused("There is no prompt. Give it in quotes, or - to read standard input.");
    }
    String text = prompt.equals(STANDARD_INPUT) ? InputFile.readAll(terminal.in()) : prompt;
    if (text.isBlank()) {
      throw misused(
          prompt.equals(STANDARD_INPUT)
              ? "Standard input holds no prompt; it is empty."
              : "The prompt is empty.");
    }
    return text;
  }

  private String template() {
    if (chatTemplate.isEmpty() || isChatMl()) {
      return chatTemplate.toLowerCase(Locale.ROOT);
    }
    String source = InputFile.read(ModelArgument.asPath(chatTemplate));
    if (source.isBlank()) {
      throw new Failure(chatTemplate + " is empty. Give a Jinja template, or chatml.");
    }
    return source;
  }

  private boolean isChatMl() {
    return chatTemplate.equalsIgnoreCase(Prompt.CHATML);
  }

  private ParameterException misused(String sentence) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), sentence);
  }
}
