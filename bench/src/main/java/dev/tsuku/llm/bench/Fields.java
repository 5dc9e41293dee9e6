package dev.tsuku.llm.bench;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How many fields of a short form a model fills in rightly, by what holds its strings to the
 * prompt: whether what is faster is also right. The cards are drawn, so no model has seen them.
 */
@Command(
    name = "fields",
    mixinStandardHelpOptions = true,
    description = "How many of four fields of a card are right, grounded and not.")
final class Fields implements Callable<Integer> {

  private static final int MOST_TOKENS = 80;

  private static final List<String> FIRST =
      List.of(
          "Maria", "Jonas", "Aisha", "Tomasz", "Ingrid", "Rafael", "Mei", "Kwame", "Elena", "Noor");

  private static final List<String> LAST =
      List.of(
          "Rao",
          "Okafor",
          "Lindqvist",
          "Moreau",
          "Tanaka",
          "Petrov",
          "Silva",
          "Kowalski",
          "Haddad",
          "Brandt");

  private static final List<String> CITIES =
      List.of(
          "Izmir",
          "New Delhi",
          "Porto",
          "Gdansk",
          "Buenos Aires",
          "Osaka",
          "Turin",
          "Accra",
          "Salt Lake City",
          "Bergen");

  private static final List<String> OCCUPATIONS =
      List.of(
          "welder",
          "nurse",
          "bus driver",
          "translator",
          "baker",
          "civil engineer",
          "librarian",
          "electrician",
          "primary school teacher",
          "pilot");

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(
      names = "--llama-server",
      description = "llama-server of the same llama.cpp release; without it, only ours is asked.")
  private @Nullable Path llamaServer;

  @Option(names = "--rounds", description = "How many cards; ${DEFAULT-VALUE}.")
  private int rounds = 100;

  @Option(names = "--threads", description = "Threads of llama-server; all cores unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--show", description = "Print what is not wholly right.")
  private boolean shows;

  /** A card and what stands on it. */
  record Card(String text, Map<String, String> fields) {

    static Card of(int round) {
      Random random = new Random(round);
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("name", drawn(random, FIRST) + " " + drawn(random, LAST));
      fields.put("age", Integer.toString(18 + random.nextInt(60)));
      fields.put("city", drawn(random, CITIES));
      fields.put("occupation", drawn(random, OCCUPATIONS));
      String text =
          "Contact: %s (%s), %s. Occupation: %s.".formatted(fields.values().toArray(Object[]::new));
      return new Card(text, fields);
    }

    private static String drawn(Random random, List<String> of) {
      return of.get(random.nextInt(of.size()));
    }

    /** The fields that an answer has rightly; the case of letters does not count. */
    Set<String> right(String answer) {
      Json json;
      try {
        json = JsonReader.read(answer);
      } catch (JsonException e) {
        return Set.of();
      }
      Set<String> right = new LinkedHashSet<>();
      if (json instanceof Json.Obj object) {
        for (Map.Entry<String, String> field : fields.entrySet()) {
          String given =
              switch (object.get(field.getKey()).orElse(Json.Null.NULL)) {
                case Json.Text(String text) -> text;
                case Json.Num number -> number.value().toPlainString();
                default -> "";
              };
          if (given.strip().equalsIgnoreCase(field.getValue())) {
            right.add(field.getKey());
          }
        }
      }
      return right;
    }
  }

  /** A server and the value of {@code x-grounded} that it is asked with; empty for none. */
  private record Way(Peer peer, String grounded) {

    String name() {
      return peer.name() + (grounded.isEmpty() ? "" : ", " + grounded);
    }
  }

  private static String schema(String grounded) {
    String text =
        grounded.isEmpty()
            ? "{\"type\": \"string\"}"
            : "{\"type\": \"string\", \"x-grounded\": \"" + grounded + "\"}";
    return """
        {"type": "object", "properties": {"name": %s, "age": {"type": "integer"}, "city": %s,
         "occupation": %s}, "required": ["name", "age", "city", "occupation"],
         "additionalProperties": false}"""
        .formatted(text, text, text)
        .replace("\n", " ");
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = ModelFile.open(model).path();
    System.out.println(Machine.describe());
    List<Peer> peers = new ArrayList<>();
    try {
      Peer ours = TsukuPeer.start(file);
      peers.add(ours);
      List<Way> ways = new ArrayList<>();
      for (String grounded :
          List.of("", "substring", "words", "words ignoreCase", "words ignoreCase maxWords 3")) {
        ways.add(new Way(ours, grounded));
      }
      if (llamaServer != null) {
        Peer theirs = LlamaServer.start(llamaServer, file, threads, List.of());
        peers.add(theirs);
        ways.add(new Way(theirs, ""));
      }
      for (Way way : ways) {
        measure(way);
      }
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
    return 0;
  }

  private void measure(Way way) throws IOException, InterruptedException {
    Map<String, Integer> fields = new LinkedHashMap<>();
    Card.of(0).fields().keySet().forEach(field -> fields.put(field, 0));
    int whole = 0;
    for (int round = 0; round < rounds; round++) {
      Card card = Card.of(round);
      String question = "Extract the contact's data as JSON.\n\n" + card.text();
      Peer.Reply reply =
          way.peer().ask(Peer.Ask.of(question, MOST_TOKENS).withSchema(schema(way.grounded())));
      Set<String> right = card.right(reply.text());
      right.forEach(field -> fields.merge(field, 1, Integer::sum));
      whole += right.size() == card.fields().size() ? 1 : 0;
      if (shows && right.size() < card.fields().size()) {
        System.out.println("  " + card.text() + " -> " + reply.text());
      }
    }
    int right = fields.values().stream().mapToInt(Integer::intValue).sum();
    int asked = rounds * fields.size();
    System.out.printf(
        Locale.ROOT,
        "%-40s %3d of %d fields (%4.1f %%), %3d of %d whole answers %s%n",
        way.name(),
        right,
        asked,
        100.0 * right / asked,
        whole,
        rounds,
        fields);
  }
}
