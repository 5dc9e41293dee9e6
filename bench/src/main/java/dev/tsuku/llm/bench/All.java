package dev.tsuku.llm.bench;

import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Every scenario, the daemon and llama-server in turns over warm connections, as one table. Ratios
 * are ours to theirs, round by round.
 */
@Command(
    name = "all",
    mixinStandardHelpOptions = true,
    description = "Every scenario beside llama-server and llama-bench, as one table of ratios.%n")
final class All implements Callable<Integer> {

  private static final int PROMPT = 512;
  private static final int GENERATED = 128;

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(
      names = "--llama-server",
      required = true,
      description = "llama-server of the same llama.cpp release.")
  private Path llamaServer = Path.of("");

  @Option(
      names = "--llama-bench",
      description = "llama-bench of it, for prefill and decode; left out without it.")
  private @Nullable Path llamaBench;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE} unless given.")
  private int rounds = 5;

  @Option(names = "--only", description = "Scenarios whose names match this regular expression.")
  private Pattern only = Pattern.compile("");

  @Option(names = "--threads", description = "Threads of the peers; all cores unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  private final List<String> table = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    Path file = ModelFile.open(model).path();
    System.out.printf("%s; %s, %d rounds%n", Machine.describe(), file.getFileName(), rounds);
    table.add("| | tsuku-llm | peer | ratio | goal |");
    table.add("|---|---|---|---|---|");
    try (TsukuPeer ours = TsukuPeer.start(file)) {
      if (llamaBench != null) {
        beside(ours, llamaBench, file);
      }
      try (LlamaServer theirs = LlamaServer.start(llamaServer, file, threads, List.of())) {
        for (Scenario scenario : Scenarios.all()) {
          if (only.matcher(scenario.name()).find()) {
            measure(scenario, ours, theirs);
          }
        }
      }
    }
    System.out.println();
    table.forEach(System.out::println);
    return 0;
  }

  private void measure(Scenario scenario, Peer ours, Peer theirs) throws Exception {
    // Loads the model, and lets the JVM compile what is called often.
    scenario.measure().of(ours, -1);
    scenario.measure().of(theirs, -1);
    double[] mine = new double[rounds];
    double[] other = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      // Neither is always the first.
      if (round % 2 == 0) {
        mine[round] = scenario.measure().of(ours, round);
        other[round] = scenario.measure().of(theirs, round);
      } else {
        other[round] = scenario.measure().of(theirs, round);
        mine[round] = scenario.measure().of(ours, round);
      }
    }
    add(scenario.name(), scenario.unit(), scenario.goal(), mine, other);
  }

  /** Prefill and decode as a client of the daemon sees them, beside llama-bench. */
  private void beside(TsukuPeer ours, Path bench, Path file)
      throws IOException, InterruptedException {
    double[][] mine = new double[2][rounds];
    double[][] other = new double[2][rounds];
    for (int round = -1; round < rounds; round++) {
      Rates rates = ours.rates(round, PROMPT, GENERATED);
      if (round >= 0) {
        Rates theirs = LlamaBench.run(bench, file, threads, PROMPT, GENERATED).orElseThrow();
        mine[0][round] = rates.prefill();
        mine[1][round] = rates.decode();
        other[0][round] = theirs.prefill();
        other[1][round] = theirs.decode();
      }
    }
    Scenario.Goal goal = new Scenario.Goal(0.98);
    add("prefill of about 512, beside llama-bench", Scenario.Unit.RATE, goal, mine[0], other[0]);
    add("decode of 128, beside llama-bench", Scenario.Unit.RATE, goal, mine[1], other[1]);
  }

  private void add(
      String name, Scenario.Unit unit, Scenario.Goal goal, double[] ours, double[] theirs) {
    double[] ratios = new double[rounds];
    Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
    String line =
        String.format(
            Locale.ROOT,
            "| %s, %s | %s | %s | **%s** | %s |",
            name,
            unit,
            new Samples(ours),
            new Samples(theirs),
            new Samples(ratios),
            goal.of(unit));
    table.add(line);
    System.out.println(line);
  }
}
