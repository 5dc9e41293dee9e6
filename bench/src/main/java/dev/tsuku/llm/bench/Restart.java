package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a prompt costs a new daemon that an earlier one knew: both load the model for a short prompt
 * first; the long one is then asked for a single token. Between them the first daemon has time to
 * write down what it knows.
 */
@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description = "The first token for a prompt that an earlier daemon knew.%n")
final class Restart implements Callable<Integer> {

  private static final Duration KEEPING = Duration.ofMinutes(2);

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(names = "--words", description = "Words of the prompt; ${DEFAULT-VALUE} unless given.")
  private int words = 8100;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.describe());
    words = LongPrompt.words(ModelFile.open(model), words);
    double[] cold = new double[rounds];
    double[] known = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      Prompt prompt = prompt(Words.text(new Random(round), words));
      try (BenchDaemon first = BenchDaemon.start()) {
        try (TsukuClient client = first.connect()) {
          cold[round] = ask(client, prompt, "cold");
          awaitKept(first);
          client.stop(true);
          first.awaitEnd();
        }
        try (BenchDaemon second = BenchDaemon.startIn(first.home());
            TsukuClient client = second.connect()) {
          known[round] = ask(client, prompt, "known");
        }
      }
      ratios[round] = known[round] / cold[round];
    }
    System.out.println("cold, s    " + new Samples(cold));
    System.out.println("known, s   " + new Samples(known));
    System.out.printf(Locale.ROOT, "ratio      %.4f%n", new Samples(ratios).median());
    return 0;
  }

  private Prompt prompt(String text) {
    return Prompt.of(text).withModel(model.toAbsolutePath().toString()).withMaxTokens(1);
  }

  private double ask(TsukuClient client, Prompt prompt, String how) {
    client.complete(prompt("Once"));
    long start = System.nanoTime();
    Completion answer = client.complete(prompt);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "  %-5s %7.2f s   %d tokens, %d of them cached%n",
        how,
        seconds,
        answer.usage().inputTokens(),
        answer.usage().cachedInputTokens());
    return seconds;
  }

  /** Until nothing more is written for two seconds. */
  private static void awaitKept(BenchDaemon daemon) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + KEEPING.toNanos();
    long seen = -1;
    long since = System.nanoTime();
    while (System.nanoTime() < deadline) {
      long now = blocks(daemon.home().prefixes());
      if (now != seen) {
        seen = now;
        since = System.nanoTime();
      } else if (now > 0 && System.nanoTime() - since > 2_000_000_000L) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("the daemon keeps nothing");
  }

  private static long blocks(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".kv")).count();
    }
  }
}
