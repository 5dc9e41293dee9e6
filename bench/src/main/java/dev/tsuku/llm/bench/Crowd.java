package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.CompletionEvent;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What requests at work together owe each other: whoever gives up holds up nobody, an answer goes
 * on while a long prompt is read, and what several prompts begin with is read once.
 */
@Command(
    name = "crowd",
    mixinStandardHelpOptions = true,
    description = "A long prompt beside an answer, and eight that begin alike.%n")
final class Crowd implements Callable<Integer> {

  private static final int CANCELS = 7;

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(names = "--words", description = "Words of a long prompt; ${DEFAULT-VALUE}.")
  private int words = 20_000;

  @Option(names = "--clients", description = "Prompts that begin alike; ${DEFAULT-VALUE}.")
  private int clients = 8;

  @Override
  public Integer call() throws IOException, InterruptedException, ExecutionException {
    System.out.println(Machine.describe());
    words = LongPrompt.words(ModelFile.open(model), words);
    try (BenchDaemon daemon = BenchDaemon.start();
        TsukuClient client = daemon.connect();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      client.complete(prompt("Once", 8));
      givenUp(client);
      gaps(client, threads);
      common(client, threads);
    }
    return 0;
  }

  private Prompt prompt(String text, int maxTokens) {
    return Prompt.of(text).withModel(model.toAbsolutePath().toString()).withMaxTokens(maxTokens);
  }

  /** Thrown by a listener that has seen enough. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** How long a short request takes alone, and right after a long prompt was given up half-read. */
  private void givenUp(TsukuClient client) {
    double[] alone = new double[CANCELS];
    double[] after = new double[CANCELS];
    for (int i = 0; i < CANCELS; i++) {
      alone[i] = millisOf(client, "There is " + i);
      try {
        client.stream(
            prompt(Words.text(new Random(50 + i), words), 1),
            event -> {
              if (event instanceof CompletionEvent.Prefill read && read.tokens() > 1500) {
                throw new Enough();
              }
            });
      } catch (Enough enough) {
        after[i] = millisOf(client, "There was " + i);
      }
    }
    System.out.println("a short request alone, ms                  " + new Samples(alone));
    System.out.println("right after a prompt was given up, ms      " + new Samples(after));
  }

  private double millisOf(TsukuClient client, String text) {
    long start = System.nanoTime();
    client.complete(prompt(text, 1));
    return (System.nanoTime() - start) / 1e6;
  }

  /** How long the reader of an answer waits for more of it, alone and beside a long prompt. */
  private void gaps(TsukuClient client, ExecutorService threads)
      throws InterruptedException, ExecutionException {
    List<Double> alone = new ArrayList<>();
    stream(client, "Once upon a time", 128, alone, new CountDownLatch(1));
    print("gaps between texts of an answer alone, ms", alone);

    CountDownLatch begun = new CountDownLatch(1);
    List<Double> beside = new ArrayList<>();
    Future<Completion> answer =
        threads.submit(() -> stream(client, "There was a dog", 4096, beside, begun));
    begun.await();
    long start = System.nanoTime();
    Completion read = client.complete(prompt(Words.text(new Random(1), words), 1));
    double seconds = (System.nanoTime() - start) / 1e9;
    boolean outlived = answer.isDone();
    Completion done = answer.get();
    System.out.printf(
        Locale.ROOT,
        "%d tokens read in %.1f s beside an answer of %d%s%n",
        read.usage().inputTokens(),
        seconds,
        done.usage().outputTokens(),
        outlived ? ", which ended before" : "");
    print("gaps between texts of that answer, ms", beside);
  }

  private Completion stream(
      TsukuClient client, String text, int tokens, List<Double> gaps, CountDownLatch begun) {
    long[] last = {0};
    return client.stream(
        prompt(text, tokens),
        event -> {
          if (event instanceof CompletionEvent.Text) {
            long now = System.nanoTime();
            if (last[0] != 0) {
              gaps.add((now - last[0]) / 1e6);
            }
            last[0] = now;
            begun.countDown();
          }
        });
  }

  private static void print(String what, List<Double> gaps) {
    Samples samples = new Samples(gaps.stream().mapToDouble(Double::doubleValue).toArray());
    System.out.printf(
        Locale.ROOT,
        "%-42s p50 %.0f, p99 %.0f, max %.0f (%d)%n",
        what,
        samples.median(),
        samples.percentile(99),
        samples.max(),
        gaps.size());
  }

  /** One prompt alone, and then several at once that begin with another of the same length. */
  private void common(TsukuClient client, ExecutorService threads)
      throws InterruptedException, ExecutionException {
    long start = System.nanoTime();
    Completion alone = client.complete(prompt(Words.text(new Random(2), words), 1));
    double aloneSeconds = (System.nanoTime() - start) / 1e9;
    String begin = Words.text(new Random(3), words);
    List<Callable<Completion>> calls = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      String end = " " + Words.text(new Random(100 + i), 8);
      calls.add(() -> client.complete(prompt(begin + end, 1)));
    }
    start = System.nanoTime();
    int computed = 0;
    for (Future<Completion> reply : threads.invokeAll(calls)) {
      computed += reply.get().usage().inputTokens() - reply.get().usage().cachedInputTokens();
    }
    double togetherSeconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "one prompt: %d tokens, %.1f s; %d that begin alike: %d tokens computed, %.1f s; ratio of"
            + " tokens %.3f, of times %.3f%n",
        alone.usage().inputTokens(),
        aloneSeconds,
        clients,
        computed,
        togetherSeconds,
        computed / (double) alone.usage().inputTokens(),
        togetherSeconds / aloneSeconds);
  }
}
