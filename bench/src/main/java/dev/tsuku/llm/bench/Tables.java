package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the tables of a vocabulary cost the first answer that needs them: made, and read from disk.
 * Each time is of a process of its own, because a JVM that has run for a while is several times as
 * fast.
 */
@Command(
    name = "tables",
    mixinStandardHelpOptions = true,
    description = "Measures the tables of a vocabulary, made and read from disk.%n")
final class Tables implements Callable<Integer> {

  private static final String ANSWER = "{\"const\": \"yes\"}";

  @Option(names = "--vocab", description = "A model, or a vocabulary alone: the tables alone.")
  private @Nullable Path vocabulary;

  @Option(
      names = "--model",
      description = "A model: the first constrained answer of a daemon that has loaded it.")
  private @Nullable Path model;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE}.")
  private int rounds = 7;

  @Option(names = "--once", hidden = true)
  private @Nullable Path once;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (once != null && vocabulary != null) {
      TableTimes.measure(vocabulary, once).forEach(System.out::println);
      return 0;
    }
    System.out.println(Machine.describe());
    if (vocabulary != null) {
      measureTables(vocabulary);
    }
    if (model != null) {
      measureAnswers(model);
    }
    return 0;
  }

  private void measureTables(Path file) throws IOException, InterruptedException {
    List<List<String>> made = new ArrayList<>();
    List<List<String>> read = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Path home = Files.createTempDirectory("tables");
      try {
        made.add(child(file, home));
        read.add(child(file, home));
      } finally {
        remove(home);
      }
    }
    print("made", made);
    print("read", read);
  }

  /** The times that a process of its own prints: lines of a name and milliseconds. */
  private static List<String> child(Path file, Path home) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    // As the launcher starts the daemon.
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dtsuku.app=" + System.getProperty("tsuku.app"),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "tables",
            "--vocab",
            file.toString(),
            "--once",
            home.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines = process.inputReader().lines().toList();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the measurement ended with " + process.exitValue());
    }
    return lines;
  }

  private static void print(String how, List<List<String>> runs) {
    for (int line = 0; line < runs.getFirst().size(); line++) {
      int number = line;
      double[] values =
          runs.stream()
              .mapToDouble(run -> Double.parseDouble(run.get(number).replaceFirst(".* ", "")))
              .toArray();
      String name = runs.getFirst().get(line).replaceFirst(" [^ ]*$", "");
      System.out.printf("%-5s %-28s %s%n", how, name, new Samples(values));
    }
  }

  private void measureAnswers(Path file) throws IOException, InterruptedException {
    double[] made = new double[rounds];
    double[] read = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      try (BenchDaemon first = BenchDaemon.start()) {
        try (TsukuClient client = first.connect()) {
          made[round] = ask(client, file);
          client.stop(true);
          first.awaitEnd();
        }
        try (BenchDaemon second = BenchDaemon.startIn(first.home());
            TsukuClient client = second.connect()) {
          read[round] = ask(client, file);
        }
      }
    }
    System.out.println("first constrained answer, tables made, ms  " + new Samples(made));
    System.out.println("first constrained answer, tables read, ms  " + new Samples(read));
  }

  /** Of a daemon that has loaded the model and answered once without a schema. */
  private static double ask(TsukuClient client, Path file) {
    Prompt prompt = Prompt.of("Once").withModel(file.toAbsolutePath().toString());
    client.complete(prompt.withMaxTokens(1));
    long start = System.nanoTime();
    client.complete(prompt.withJsonSchema(ANSWER).withMaxTokens(16));
    return (System.nanoTime() - start) / 1e6;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
