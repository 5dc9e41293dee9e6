package dev.tsuku.llm.bench;

import dev.tsuku.llm.testkit.RawHttp2;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Small requests of another client, which go on beside an attack: how long each of them takes. */
final class SmallRequests {

  /** For small requests beside an attack. */
  private static final double MOST_MILLIS = 1000;

  private SmallRequests() {}

  /** One connection's part of an attack. */
  @FunctionalInterface
  interface Part {
    /** Plays it; {@code endings} counts how its calls end. */
    void play(RawHttp2 connection, int number, Map<String, Integer> endings) throws IOException;
  }

  /** Plays a part on each of many connections, and asks small things meanwhile. */
  static String beside(int connections, Part part) throws IOException, InterruptedException {
    Map<String, Integer> endings = new ConcurrentSkipListMap<>();
    try (Victim victim = Victim.start();
        ExecutorService threads = Executors.newFixedThreadPool(connections + 1)) {
      AtomicBoolean over = new AtomicBoolean();
      Future<List<Double>> small = threads.submit(() -> askUntil(victim, over));
      List<Callable<Void>> parts = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        int number = i;
        parts.add(
            () -> {
              try (RawHttp2 connection = victim.connect()) {
                part.play(connection, number, endings);
              }
              return null;
            });
      }
      List<Future<Void>> done = threads.invokeAll(parts);
      over.set(true);
      for (Future<Void> one : done) {
        requireDone(one, victim, endings);
      }
      String times = times(small.get());
      victim.requireWell();
      return endings + ", " + times;
    } catch (ExecutionException e) {
      throw new AttackFailure(String.valueOf(e.getCause()));
    }
  }

  private static void requireDone(Future<Void> part, Victim victim, Map<String, Integer> endings)
      throws IOException, InterruptedException {
    try {
      part.get();
    } catch (ExecutionException e) {
      victim.requireWell();
      throw new AttackFailure(e.getCause() + "; before that " + endings);
    }
  }

  private static List<Double> askUntil(Victim victim, AtomicBoolean over) {
    List<Double> millis = new ArrayList<>();
    while (!over.get() || millis.size() < 2) {
      long start = System.nanoTime();
      var _ = victim.client().status();
      millis.add((System.nanoTime() - start) / 1e6);
      start = System.nanoTime();
      victim.ask();
      millis.add((System.nanoTime() - start) / 1e6);
    }
    return millis;
  }

  static String times(List<Double> millis) {
    Samples samples = new Samples(millis.stream().mapToDouble(Double::doubleValue).toArray());
    String text =
        "small requests, ms: p50 %.1f, p99 %.1f, max %.1f (%d)"
            .formatted(samples.median(), samples.percentile(99), samples.max(), millis.size());
    if (samples.percentile(99) > MOST_MILLIS) {
      throw new AttackFailure(text);
    }
    return text;
  }
}
