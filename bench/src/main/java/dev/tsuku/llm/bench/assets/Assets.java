package dev.tsuku.llm.bench.assets;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.ToolCall;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.recipe.Question;
import dev.tsuku.llm.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench/run assets}: accuracy of a model, and of a rule matcher, on releases. */
@Command(
    name = "assets",
    mixinStandardHelpOptions = true,
    description = {
      "How often a model maps the files of a release to platforms correctly, beside a rule"
          + " matcher; only owners that are held out of training.%n"
    })
public final class Assets implements Callable<Integer> {

  private static final String CALL = "<|tool_call|>";

  private final Supplier<Server> servers;

  @Parameters(paramLabel = "FILE", description = "One JSON record of a project on each line.")
  private Path file = Path.of("");

  @Option(
      names = "--model",
      description = "A name or the path of a GGUF file; ${DEFAULT-VALUE} unless given.")
  private String model = "builtin";

  @Option(names = "--limit", description = "The most projects; ${DEFAULT-VALUE} unless given.")
  private int limit = 200;

  @Option(
      names = "--releases",
      description =
          "How many releases the prompt lists, ${DEFAULT-VALUE} unless given; package managers list 3.")
  private int releases = 1;

  @Option(names = "--without-grammar", description = "Ask once more without constrained decoding.")
  private boolean free;

  @Option(names = "--rules-only", description = "Only the rule matcher; no daemon is started.")
  private boolean rulesOnly;

  /** A daemon that answers; closing it ends it. */
  public interface Server extends AutoCloseable {

    TsukuClient connect() throws InterruptedException;

    @Override
    void close() throws IOException;
  }

  /**
   * The command.
   *
   * @param servers starts a daemon
   */
  public Assets(Supplier<Server> servers) {
    this.servers = servers;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<AssetCase> cases = cases();
    Score rules = new Score("rule matcher");
    for (AssetCase one : cases) {
      rules.add(one, Optional.of(new Recipe(RuleMatcher.mappings(one.project()), "", "")));
    }
    System.out.println(cases.size() + " projects, " + releases + " releases in each prompt");
    System.out.print(rules.report());
    if (!rulesOnly) {
      String wanted = model.contains("/") ? Path.of(model).toRealPath().toString() : model;
      try (Server server = servers.get();
          TsukuClient client = server.connect()) {
        ask(client, cases, wanted, true);
        if (free) {
          ask(client, cases, wanted, false);
        }
      }
    }
    return 0;
  }

  private List<AssetCase> cases() throws IOException {
    List<AssetCase> cases = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (cases.size() < limit
          && !line.isBlank()
          && JsonReader.read(line) instanceof Json.Obj record
          && record.get("repo").orElse(Json.Null.NULL) instanceof Json.Text repository
          && Split.isHeldOut(repository.value())) {
        AssetCase.of(record, releases).ifPresent(cases::add);
      }
    }
    return cases;
  }

  private static void ask(
      TsukuClient client, List<AssetCase> cases, String model, boolean constrained) {
    Score score = new Score(model + (constrained ? "" : " without grammar"));
    long[] millis = new long[cases.size()];
    for (int i = 0; i < millis.length; i++) {
      Prompt question = Question.about(cases.get(i).project()).withModel(model);
      Prompt prompt = constrained ? question : question.withTools(List.of()).withToolChoice("auto");
      long start = System.nanoTime();
      Completion answer = client.complete(prompt);
      millis[i] = Duration.ofNanos(System.nanoTime() - start).toMillis();
      score.add(cases.get(i), recipe(answer));
    }
    System.out.print(score.report());
    Arrays.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "  time of an answer: median %d ms, longest %d ms%n",
        millis.length == 0 ? 0 : millis[millis.length / 2],
        millis.length == 0 ? 0 : millis[millis.length - 1]);
  }

  private static Optional<Recipe> recipe(Completion answer) {
    return answer.toolCalls().isEmpty()
        ? freeRecipe(answer.content())
        : Recipe.of(answer.toolCalls().getFirst());
  }

  /** The call in free text: a JSON object with name and arguments, perhaps after a token of it. */
  static Optional<Recipe> freeRecipe(String content) {
    String text = content.strip();
    text = text.startsWith(CALL) ? text.substring(CALL.length()) : text;
    @Nullable Json json;
    try {
      json = JsonReader.read(text);
    } catch (RuntimeException e) {
      return Optional.empty();
    }
    if (json instanceof Json.Obj object
        && object.get("name").orElse(Json.Null.NULL) instanceof Json.Text name
        && object.get("arguments").orElse(Json.Null.NULL) instanceof Json.Obj arguments) {
      return Recipe.of(new ToolCall("free", name.value(), JsonWriter.compact(arguments)));
    }
    return Optional.empty();
  }
}
