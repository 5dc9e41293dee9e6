package dev.tsuku.llm.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Attacks the packaged daemon, and prints a line for each attack: its name, how often it was made,
 * and how the daemon took it. An attack fails where the daemon ends, answers with the wrong status,
 * is slow for others, or leaves a stack trace in its log or on its terminal.
 */
@Command(
    name = "attack",
    mixinStandardHelpOptions = true,
    description = "Attacks the packaged daemon; a line for each attack.%n")
final class AttackRun implements Callable<Integer> {

  @Option(
      names = "--scale",
      description = "How many rounds, as a part of the usual number; ${DEFAULT-VALUE}.")
  private double scale = 1;

  @Parameters(arity = "0..*", paramLabel = "ATTACK", description = "Which; all unless given.")
  private List<String> names = List.of();

  /** One kind of attack. */
  record Attack(String name, int rounds, Play play) {}

  /** Plays so many rounds. */
  @FunctionalInterface
  interface Play {
    /**
     * Attacks.
     *
     * @return what there is to say of it
     * @throws AttackFailure if the daemon did what it must not
     */
    String play(int rounds) throws IOException, InterruptedException;
  }

  @Override
  public Integer call() {
    System.out.println(Machine.describe());
    int failed = 0;
    List<Attack> all =
        Stream.of(RequestAttacks.all(), FloodAttacks.all(), LifeAttacks.all())
            .flatMap(List::stream)
            .toList();
    for (Attack attack : all) {
      if (names.isEmpty() || names.contains(attack.name())) {
        failed += run(attack) ? 0 : 1;
      }
    }
    return failed == 0 ? 0 : 1;
  }

  private boolean run(Attack attack) {
    int rounds = (int) Math.max(1, attack.rounds() * scale);
    long started = System.nanoTime();
    boolean good = true;
    String result;
    try {
      result = "ok: " + attack.play().play(rounds);
    } catch (RuntimeException | IOException e) {
      good = false;
      result = "FAILED: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      good = false;
      result = "FAILED: interrupted";
    }
    System.out.printf(
        Locale.ROOT,
        "%-20s %7d  %s (%.1f s)%n",
        attack.name(),
        rounds,
        result,
        (System.nanoTime() - started) / 1e9);
    return good;
  }
}
