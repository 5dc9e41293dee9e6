package dev.tsuku.llm.bench;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.llama.LlamaBackend;
import dev.tsuku.llm.llama.LlamaSettings;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Prefill and decode through the engine against {@code llama-bench} of the same llama.cpp release,
 * in alternating runs.
 *
 * <p>What is compared: both evaluate a prompt of the same length in batches and micro-batches of
 * the same size, and both generate the same number of tokens one by one, with the same threads,
 * flash attention left to llama.cpp, and f16 keys and values. {@code llama-bench} feeds random
 * tokens and looks at no logits. The engine does all that a request needs: it copies batches, polls
 * for cancellation, scans the logits of the whole vocabulary for the best token, makes text of
 * tokens, and tells a listener. Its first token comes out of the prefill, so generating {@code n}
 * tokens takes {@code n - 1} evaluations after it; the rate counts those. Its generation starts
 * behind a prompt of 48 tokens, where {@code llama-bench} starts behind none.
 */
@Command(
    name = "throughput",
    mixinStandardHelpOptions = true,
    description = "Tokens a second of prefill and decode, beside llama-bench's.%n")
final class Throughput implements Callable<Integer> {

  private static final int SHORT_PROMPT = 48;
  private static final int WARM_UPS = 3;

  @Parameters(paramLabel = "MODEL.gguf", description = "The model to measure with.")
  private Path model = Path.of("");

  @Option(
      names = "--llama-bench",
      description = "llama-bench of the same llama.cpp release; without it, only ours is measured.")
  private @Nullable Path llamaBench;

  @Option(names = "--threads", description = "Threads that compute; all cores unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--prompt", description = "Tokens of the prompt; ${DEFAULT-VALUE} unless given.")
  private int promptTokens = 512;

  @Option(names = "--generate", description = "Tokens to generate; ${DEFAULT-VALUE} unless given.")
  private int generateTokens = 128;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE} unless given.")
  private int rounds = 5;

  @Override
  public Integer call() throws IOException, InterruptedException {
    EngineSettings settings = new EngineSettings(4096, 512, 512, 512, 1, threads, 0);
    LlamaBackend backend =
        LlamaBackend.open(
            new LlamaSettings(
                Path.of(System.getProperty("tsuku.app"), "llama"),
                Optional.empty(),
                Optional.empty()));
    Path file = ModelFile.open(model).path();
    List<Rates> ours = new ArrayList<>();
    List<Rates> theirs = new ArrayList<>();
    System.out.println(Machine.describe() + ", llama.cpp " + backend.version());
    System.out.printf(
        "%s, %d threads, prefill of %d tokens, then %d generated; tokens/s%n",
        file.getFileName(), threads, promptTokens, generateTokens);
    // Round 0 warms up: the compiler of the JVM is done after it.
    for (int round = 0; round <= rounds; round++) {
      // Like llama-bench, each round begins with an empty context: on CPUs idle tokens cost time.
      try (Engine engine = Engine.open(backend.load(file, LoadMonitor.NONE), settings)) {
        Rates rates = measure(new Generator(engine), round == 0 ? WARM_UPS : 1);
        if (round > 0) {
          ours.add(rates);
          print(round, "tsuku-llm", rates);
        }
      }
      if (round > 0 && llamaBench != null) {
        theirs.add(
            LlamaBench.run(llamaBench, file, threads, promptTokens, generateTokens).orElseThrow());
        print(round, "llama-bench", theirs.getLast());
      }
    }
    summary("tsuku-llm", ours);
    if (!theirs.isEmpty()) {
      summary("llama-bench", theirs);
      System.out.printf(
          Locale.ROOT,
          "ratio of medians: prefill %.3f, decode %.3f%n",
          prefill(ours).median() / prefill(theirs).median(),
          decode(ours).median() / decode(theirs).median());
    }
    return 0;
  }

  private Rates measure(Generator generator, int warmUps) {
    String shortPrompt = generator.promptOf(SHORT_PROMPT, " a");
    for (int i = 0; i < warmUps; i++) {
      generator.generate(shortPrompt, generateTokens);
    }
    // In this order: answering slows with what the context holds more than reading does.
    GenerationResult decode = generator.generate(generator.fresh(shortPrompt), generateTokens);
    String longPrompt = generator.promptOf(promptTokens, " a");
    GenerationResult prefill = generator.generate(generator.fresh(longPrompt), 1);
    if (prefill.inputTokens() != promptTokens || prefill.cachedTokens() > promptTokens / 20) {
      throw new IllegalStateException("not the prompt that was to be measured: " + prefill);
    }
    if (decode.outputTokens() < 2) {
      throw new IllegalStateException("the model ends its answer at once; measure with another");
    }
    return new Rates(
        rate(prefill.inputTokens() - prefill.cachedTokens(), prefill.prefill()),
        rate(decode.outputTokens() - 1, decode.decode()));
  }

  private static double rate(int tokens, Duration time) {
    return tokens / (time.toNanos() / 1e9);
  }

  private static void print(int round, String who, Rates rates) {
    System.out.printf(
        Locale.ROOT,
        "  round %d  %-12s prefill %8.2f   decode %7.2f%n",
        round,
        who,
        rates.prefill(),
        rates.decode());
  }

  private static void summary(String who, List<Rates> rates) {
    System.out.printf("%-12s prefill %s   decode %s%n", who, prefill(rates), decode(rates));
  }

  private static Samples prefill(List<Rates> rates) {
    return new Samples(rates.stream().mapToDouble(Rates::prefill).toArray());
  }

  private static Samples decode(List<Rates> rates) {
    return new Samples(rates.stream().mapToDouble(Rates::decode).toArray());
  }
}
