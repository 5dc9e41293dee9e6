package dev.tsuku.llm.bench;

import dev.tsuku.llm.bench.AttackRun.Attack;
import dev.tsuku.llm.client.ClientException;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Attacks on the life of the process itself. */
final class LifeAttacks {

  private static final int CROWD = 64;

  private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP");

  private LifeAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("kill-and-restart", 30, LifeAttacks::killed),
        new Attack("signal-storm", 30, LifeAttacks::signalled),
        new Attack("crowd-starts", 5, rounds -> crowds(rounds, false)),
        new Attack("crowd-is-late", 5, rounds -> crowds(rounds, true)));
  }

  /** Kills the daemon at a random moment of a request, and starts another in what that leaves. */
  private static String killed(int rounds) throws IOException, InterruptedException {
    Home home = Victim.home();
    double[] millis = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      BenchDaemon daemon = BenchDaemon.startIn(home);
      try (TsukuClient client = daemon.connect()) {
        millis[i] = (System.nanoTime() - daemon.startedNanos()) / 1e6;
        client.complete(Prompt.of("Hi").withMaxTokens(1));
        Thread asking = Thread.ofPlatform().start(() -> ask(client));
        boolean ignored = asking.join(java.time.Duration.ofMillis(new Random(i).nextInt(200) + 1));
        daemon.signal("KILL");
        daemon.awaitEnd();
        asking.join();
      }
      if (i == rounds - 1) {
        daemon.close();
      }
    }
    return "started again each time, ms: " + new Samples(millis);
  }

  private static void ask(TsukuClient client) {
    try {
      client.complete(Prompt.of("Hi").withMaxTokens(4000));
    } catch (ClientException e) {
      // The daemon has gone in the middle, as it has to.
    }
  }

  /** Twenty signals at random moments of a start, a request and an end. */
  private static String signalled(int rounds) throws IOException, InterruptedException {
    Home home = Victim.home();
    double[] millis = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      Random random = new Random(i);
      BenchDaemon daemon = BenchDaemon.startIn(home);
      try (TsukuClient client = daemon.connect()) {
        Thread asking = Thread.ofPlatform().start(() -> ask(client));
        boolean ignored = asking.join(java.time.Duration.ofMillis(random.nextInt(300) + 1));
        long first = System.nanoTime();
        for (int s = 0; s < 20; s++) {
          daemon.signal(SIGNALS.get(random.nextInt(SIGNALS.size())));
        }
        int status = daemon.exitStatus();
        millis[i] = (System.nanoTime() - first) / (double) TimeUnit.MILLISECONDS.toNanos(1);
        asking.join();
        if (status != 0) {
          throw new AttackFailure("it ended with status " + status + "; " + daemon.said());
        }
        if (Files.exists(home.socket()) || Files.exists(home.lock())) {
          throw new AttackFailure("it left its socket or its lock");
        }
      }
      if (i == rounds - 1) {
        daemon.close();
      }
    }
    return "status 0 and nothing left each time; gone after, ms: " + new Samples(millis);
  }

  /** 64 processes that serve the same home begin at once, with or without a daemon before them. */
  private static String crowds(int rounds, boolean late) throws IOException, InterruptedException {
    double[] millis = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      Home home = Victim.home();
      if (late) {
        try (BenchDaemon first = BenchDaemon.startIn(home)) {
          first.connect().close();
          millis[i] = crowd(home, 0);
        }
      } else {
        millis[i] = crowd(home, 1);
        BenchDaemon.delete(home);
      }
    }
    String refused = late ? "all" : "all but one";
    return refused + " refused; the last one after, ms: " + new Samples(millis);
  }

  /** Starts them; the time from the first start to the end of the last that loses. */
  private static double crowd(Home home, int winners) throws IOException, InterruptedException {
    List<BenchDaemon> starters = new ArrayList<>();
    try {
      for (int i = 0; i < CROWD; i++) {
        starters.add(BenchDaemon.startIn(home, "said-" + i));
      }
      long deadline = starters.getFirst().startedNanos() + TimeUnit.MINUTES.toNanos(3);
      while (starters.stream().filter(BenchDaemon::isAlive).count() > winners) {
        if (System.nanoTime() > deadline) {
          throw new AttackFailure("some of them neither serve nor end");
        }
        TimeUnit.MILLISECONDS.sleep(2);
      }
      double millis = (System.nanoTime() - starters.getFirst().startedNanos()) / 1e6;
      for (BenchDaemon starter : starters) {
        if (!starter.isAlive() && !starter.said().contains("already running")) {
          throw new AttackFailure("one of them said: " + starter.said());
        }
      }
      if (winners == 1) {
        TsukuClient.connect(home).close();
      }
      return millis;
    } finally {
      for (BenchDaemon starter : starters) {
        var _ = starter.terminate();
      }
    }
  }
}
