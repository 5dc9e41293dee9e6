package dev.tsuku.llm.tests.attack;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A number of rounds, each with random numbers of its own: round {@code n} draws from the seed
 * {@code seed + n}, so that it can be repeated without those before it.
 *
 * @param name in {@code tsuku.rounds.NAME}
 * @param rounds how many
 * @param seed of the first
 */
record Attack(String name, int rounds, long seed) {

  /** One round. */
  @FunctionalInterface
  interface Round {
    /** Attacks once; {@code seed} is what {@code random} began with, one more each round. */
    void play(long seed, Random random) throws Exception;
  }

  /** An attack of so many rounds, unless system properties say otherwise. */
  static Attack of(String name, int rounds) {
    long seed = Long.getLong("tsuku.seed", System.nanoTime() & 0xffffffL);
    return new Attack(name, Integer.getInteger("tsuku.rounds." + name, rounds), seed);
  }

  /** Plays all rounds; the first that fails ends it, and says how to repeat it. */
  void play(Round round) {
    System.out.println("attack " + name + ": " + rounds + " rounds, seed " + seed);
    long started = System.nanoTime();
    for (int number = 0; number < rounds; number++) {
      try {
        round.play(seed + number, new Random(seed + number));
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "Round %d of %s failed: %s. Repeat it with -Dtsuku.seed=%d -Dtsuku.rounds.%s=1"
                .formatted(number, name, e.getMessage(), seed + number, name),
            e);
      }
    }
    System.out.println(
        "attack "
            + name
            + ": done in "
            + Duration.ofNanos(System.nanoTime() - started).toMillis()
            + " ms");
  }

  /** Lets time pass until the moment that was drawn. */
  static void passing(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** A random time, from nothing to the whole. */
  static Duration upTo(Duration whole, Random random) {
    return Duration.ofNanos(random.nextLong(whole.toNanos() + 1));
  }
}
