package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.recipe.Project;
import dev.tsuku.llm.recipe.ProjectReader;
import dev.tsuku.llm.recipe.Question;
import dev.tsuku.llm.recipe.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tsuku-llm extract}: maps the files of a release to platforms. */
@Command(
    name = Extract.NAME,
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Maps the files of a project's newest release to platforms.",
    description = {
      "%nFILE is the JSON that the releases API of GitHub, Gitea, Forgejo or GitLab returns, or an"
          + " object with repository, description, releases (each with tag and assets) and readme."
          + " Drafts are ignored, and prereleases beside other releases. Nothing is downloaded.",
      "%nThe platforms are linux and darwin on amd64 and arm64. Those without a file are named on"
          + " standard error; if no platform has one, the exit status is 1.",
      "%nWith no model installed, the built-in one answers. It is small and not always right."
    },
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tsuku-llm extract examples/ripgrep.json",
      "  curl -s https://api.github.com/repos/OWNER/NAME/releases | tsuku-llm extract --toml -"
    })
final class Extract implements Callable<Integer> {

  static final String NAME = "extract";

  private static final String STANDARD_INPUT = "-";

  private final Terminal terminal;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "The project's releases as JSON; - reads standard input.")
  private @Nullable Path file;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "A model's name, or the path of a GGUF file; else the daemon chooses.")
  private String model = "";

  @ArgGroup private Form form = new Form();

  /** The output is a table unless one of these is given. */
  private static final class Form {

    @Option(names = "--json", description = "Print one JSON object on one line.")
    private boolean json;

    @Option(names = "--toml", description = "Print TOML with a table [[mappings]] per platform.")
    private boolean toml;
  }

  Extract(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Home home = Session.home(terminal);
    Project project = project().withNewestOnly();
    Prompt question = Question.about(project).withModel(ModelArgument.resolved(model, home));
    Completion answer;
    try (AnswerPrinter printer = AnswerPrinter.ofWaiting(terminal);
        Session session = Session.connectOrStart(home)) {
      answer = session.client().stream(question, printer);
    }
    Optional<Recipe> recipe =
        answer.toolCalls().stream()
            .flatMap(it -> Recipe.of(it).stream())
            .filter(it -> !it.mappings().isEmpty())
            .findFirst();
    if (recipe.isEmpty()) {
      throw new Failure(refusal(project, answer));
    }
    RecipeReport report =
        new RecipeReport(
            project.repository(), project.newest().tag(), recipe.get(), answer.model());
    terminal.out().println(form.json ? report.json() : form.toml ? report.toml() : report.table());
    terminal.flush();
    BuiltinLine.print(terminal, model, answer);
    String missing = missing(recipe.get());
    if (!missing.isEmpty()) {
      terminal.tell(
          "The model '"
              + answer.model()
              + "' named no file of "
              + release(project).replaceFirst("T", "t")
              + " for "
              + missing
              + ".");
    }
    return 0;
  }

  /**
   * Why there are no mappings: models call the other tools where the list of files is not enough.
   */
  private static String refusal(Project project, Completion answer) {
    boolean unclear =
        answer.toolCalls().stream().anyMatch(it -> it.name().equals(Question.INSPECT_ARCHIVE));
    boolean unknown =
        answer.toolCalls().stream().anyMatch(it -> it.name().equals(Question.FETCH_FILE));
    if (unclear || unknown) {
      return "The model '"
          + answer.model()
          + "' finds no file for linux or darwin in "
          + release(project).replaceFirst("T", "t")
          + (unclear
              ? ": their names or formats do not tell it which is for what"
              : ": none is an archive or a program that it knows")
          + ". Give a release that has one, or name another model with --model.";
    }
    return "The model '" + answer.model() + "' gave no mappings. Name another one with --model.";
  }

  private static String release(Project project) {
    String tag = project.newest().tag();
    return "The release" + (tag.isEmpty() ? "" : " " + tag);
  }

  private static String missing(Recipe recipe) {
    List<String> there = recipe.mappings().stream().map(Recipe.Mapping::platform).toList();
    return Recipe.PLATFORMS.stream()
        .filter(it -> !there.contains(it))
        .collect(Collectors.joining(", "));
  }

  private Project project() {
    if (file == null) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "There is no FILE. Name one, such as examples/ripgrep.json, or - for standard input.");
    }
    boolean piped = file.toString().equals(STANDARD_INPUT);
    String text = piped ? InputFile.readAll(terminal.in()) : InputFile.read(file);
    try {
      return ProjectReader.read(text);
    } catch (IllegalArgumentException e) {
      throw new Failure((piped ? "Standard input" : file) + " " + e.getMessage() + ".", e);
    }
  }
}
