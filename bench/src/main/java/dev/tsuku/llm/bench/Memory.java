package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Where the daemon's memory is: resident pages by what they are pages of, from {@code
 * /proc/PID/smaps}, without a model, with one, and after some requests.
 *
 * <p>The pages of the model's file are the page cache's and shared with whoever maps it.
 * llama.cpp's own buffers (keys and values, computing) are anonymous memory, as Java's heap and
 * code are; the growth of anonymous memory when a model is loaded is nearly all llama.cpp's, and
 * what was there before is nearly all Java's. So the memory beyond the model and llama.cpp's
 * buffers is about what is resident without a model, and the libraries.
 */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    description = "Resident memory of the daemon, by what it is (Linux).%n")
final class Memory implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL.gguf", description = "The model to load.")
  private Path model = Path.of("");

  @Option(names = "--requests", description = "Requests; ${DEFAULT-VALUE} unless given.")
  private int requests = 50;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.describe());
    System.out.println("resident memory, MiB");
    System.out.printf(
        "%-26s %8s %10s %12s %8s %8s%n", "", "all", "anonymous", "model file", "archive", "other");
    try (BenchDaemon daemon = BenchDaemon.start();
        TsukuClient client = daemon.connect()) {
      print("without a model", Resident.of(daemon.pid(), model));
      Prompt prompt =
          Prompt.of("Once upon a time")
              .withModel(model.toAbsolutePath().toString())
              .withMaxTokens(16);
      client.complete(prompt);
      print("after one request", Resident.of(daemon.pid(), model));
      for (int i = 1; i < requests; i++) {
        client.complete(prompt);
      }
      print("after " + requests + " requests", Resident.of(daemon.pid(), model));
    }
    return 0;
  }

  private static void print(String when, Resident resident) {
    System.out.printf(
        Locale.ROOT,
        "%-26s %8.1f %10.1f %12.1f %8.1f %8.1f%n",
        when,
        resident.all() / 1024.0,
        resident.anonymous() / 1024.0,
        resident.modelFile() / 1024.0,
        resident.archive() / 1024.0,
        resident.other() / 1024.0);
  }
}
