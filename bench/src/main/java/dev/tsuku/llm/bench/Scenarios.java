package dev.tsuku.llm.bench;

import static dev.tsuku.llm.bench.Scenario.Unit.MILLIS;
import static dev.tsuku.llm.bench.Scenario.Unit.RATE;
import static dev.tsuku.llm.bench.Scenario.Unit.SECONDS;

import dev.tsuku.llm.bench.Scenario.Goal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** What a user who compares us with llama-server would try. */
final class Scenarios {

  private static final int ANSWER = 64;
  private static final int WORDS = 500;

  /** Words of the prompts of clients whose prompts differ in length. */
  private static final int[] MIXED = {20, 1500, 100, 500, 40, 1000, 250, 60};

  private static final String PERSON =
      """
      {"type": "object", "properties": {"name": {"type": "string", "maxLength": 40},
       "age": {"type": "integer"}, "city": {"type": "string", "maxLength": 40},
       "occupation": {"type": "string", "maxLength": 40}},
       "required": ["name", "age", "city", "occupation"], "additionalProperties": false}"""
          .replace("\n", " ");

  private Scenarios() {}

  static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    all.add(
        new Scenario(
            "short chat, 64 tokens",
            MILLIS,
            new Goal(0.95),
            (peer, round) -> Workloads.millis(peer, chat(round, 0))));
    all.add(
        new Scenario(
            "short chat, sampled",
            MILLIS,
            new Goal(0.95),
            (peer, round) -> Workloads.millis(peer, chat(round, 1).sampled())));
    all.add(
        new Scenario(
            "first token of " + WORDS + " words",
            MILLIS,
            new Goal(1),
            (peer, round) -> Workloads.millis(peer, Peer.Ask.of(text(round, 2, WORDS), 1))));
    all.add(
        new Scenario(
            "conversation of 5 turns",
            SECONDS,
            new Goal(0.9),
            (peer, round) ->
                Workloads.session(peer, new Random(seed(round, 3)), 5, 2200, 300, ANSWER)));
    for (int clients : new int[] {2, 4, 8, 16}) {
      all.add(
          new Scenario(
              clients + " clients",
              RATE,
              new Goal(1),
              (peer, round) -> Workloads.together(peer, equal(round, clients))));
    }
    all.add(
        new Scenario(
            "8 clients, mixed lengths",
            RATE,
            new Goal(1),
            (peer, round) -> Workloads.together(peer, mixed(round))));
    all.add(
        new Scenario(
            "8 clients, sampled",
            RATE,
            new Goal(1),
            (peer, round) ->
                Workloads.together(
                    // Texts of its own: nobody knows them from the scenario before.
                    peer, equal(100 + round, 8).stream().map(Peer.Ask::sampled).toList())));
    all.add(
        new Scenario(
            "8 clients, prompts known",
            RATE,
            new Goal(1),
            (peer, round) -> Workloads.together(peer, equal(100, 8))));
    all.add(
        new Scenario(
            "8 clients, a form each",
            RATE,
            new Goal(1),
            (peer, round) ->
                Workloads.together(
                    peer, IntStream.range(0, 8).mapToObj(i -> form(round, i)).toList())));
    all.add(
        new Scenario(
            "a form of four fields",
            MILLIS,
            new Goal(0.5),
            (peer, round) -> Workloads.millis(peer, form(round, 8))));
    all.add(
        new Scenario(
            "a list of files, copied",
            MILLIS,
            new Goal(0.5),
            (peer, round) -> Workloads.millis(peer, Extraction.ask(round))));
    all.add(
        new Scenario(
            "a text edited",
            MILLIS,
            new Goal(0.77),
            (peer, round) -> Workloads.millis(peer, edit(round))));
    return all;
  }

  private static long seed(int round, int scenario) {
    return 1000L * (round + 1) + scenario;
  }

  private static String text(int round, int scenario, int words) {
    return Words.text(new Random(seed(round, scenario)), words);
  }

  private static Peer.Ask chat(int round, int scenario) {
    return Peer.Ask.of(
        "Tell me a long story about the number " + seed(round, scenario) + " and a city.", ANSWER);
  }

  private static List<Peer.Ask> equal(int round, int clients) {
    return IntStream.range(0, clients)
        .mapToObj(client -> Peer.Ask.of(text(round, 100 * clients + client, WORDS), ANSWER))
        .toList();
  }

  private static List<Peer.Ask> mixed(int round) {
    return IntStream.range(0, MIXED.length)
        .mapToObj(client -> Peer.Ask.of(text(round, 20 + client, MIXED[client]), ANSWER))
        .toList();
  }

  private static Peer.Ask form(int round, int client) {
    List<String> names = List.of("Maria Rao", "Jan Kowalski", "Aiko Sato", "Peter Brandt");
    List<String> cities = List.of("Izmir", "New Delhi", "Oslo", "Lima", "Cape Town");
    List<String> jobs = List.of("welder", "nurse", "teacher", "bus driver", "baker");
    Random random = new Random(seed(round, 40 + client));
    return Peer.Ask.of(
            "Contact: %s (%d), %s. Occupation: %s."
                .formatted(
                    names.get(random.nextInt(names.size())),
                    20 + random.nextInt(60),
                    cities.get(random.nextInt(cities.size())),
                    jobs.get(random.nextInt(jobs.size()))),
            200)
        .withSchema(PERSON);
  }

  private static Peer.Ask edit(int round) {
    String[] sentences = {
      "The old harbour lies below the town, where the river meets the sea.",
      "Every morning the boats come back with fish, and the market opens at six.",
      "In winter the wind is strong and the streets are empty before noon.",
      "Visitors climb the tower of Saint %d to see the islands on clear days."
    };
    return Peer.Ask.of(
        "Repeat this text word for word, without anything else:\n\n"
            + String.join(" ", sentences).formatted(seed(round, 60)),
        96);
  }
}
