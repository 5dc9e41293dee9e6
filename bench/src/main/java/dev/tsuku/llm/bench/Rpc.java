package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The daemon's own time, without a model: a GetStatus over the socket and back from a warm client
 * on one connection; from the start of the process to its first answer; from SIGTERM, and from
 * Shutdown, to the end of the process.
 */
@Command(
    name = "rpc",
    mixinStandardHelpOptions = true,
    description = "Times of a status call, of a start and of an end.%n")
final class Rpc implements Callable<Integer> {

  @Option(names = "--calls", description = "Status calls; ${DEFAULT-VALUE} unless given.")
  private int calls = 20_000;

  @Option(names = "--starts", description = "Starts; ${DEFAULT-VALUE} unless given.")
  private int starts = 11;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.describe());
    statusCalls();
    double[] answered = new double[starts];
    double[] terminated = new double[starts];
    double[] stopped = new double[starts];
    for (int i = 0; i < starts; i++) {
      try (BenchDaemon daemon = BenchDaemon.start()) {
        daemon.connect().close();
        answered[i] = (System.nanoTime() - daemon.startedNanos()) / 1e6;
        terminated[i] = daemon.terminate().toNanos() / 1e6;
      }
      try (BenchDaemon daemon = BenchDaemon.start();
          TsukuClient client = daemon.connect()) {
        long asked = System.nanoTime();
        client.stop(true);
        daemon.awaitEnd();
        stopped[i] = (System.nanoTime() - asked) / 1e6;
      }
    }
    System.out.println("start to GetStatus answered, ms   " + new Samples(answered));
    System.out.println("SIGTERM to process gone, ms       " + new Samples(terminated));
    System.out.println("Shutdown to process gone, ms      " + new Samples(stopped));
    return 0;
  }

  private void statusCalls() throws IOException, InterruptedException {
    try (BenchDaemon daemon = BenchDaemon.start();
        TsukuClient client = daemon.connect()) {
      for (int i = 0; i < calls; i++) {
        client.status();
      }
      double[] times = new double[calls];
      for (int i = 0; i < calls; i++) {
        long before = System.nanoTime();
        client.status();
        times[i] = (System.nanoTime() - before) / 1e6;
      }
      Samples samples = new Samples(times);
      System.out.printf(
          Locale.ROOT,
          "GetStatus round trip, ms          p50 %.3f, p90 %.3f, p99 %.3f (%d calls, warm)%n",
          samples.median(),
          samples.percentile(90),
          samples.percentile(99),
          calls);
    }
  }
}
