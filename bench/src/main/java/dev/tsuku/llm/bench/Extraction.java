package dev.tsuku.llm.bench;

import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Answers that have to obey a schema, the daemon beside llama-server, in turns: which file of a
 * release is for which system. What the model is, and so what it says, matters little: how long an
 * answer is, its schema says.
 */
@Command(
    name = "extraction",
    mixinStandardHelpOptions = true,
    description = "Answers held to a schema, beside llama-server of the same release.")
final class Extraction implements Callable<Integer> {

  private static final int MOST_TOKENS = 1500;

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(
      names = "--llama-server",
      description =
          "llama-server of the same llama.cpp release; without it, only ours is measured.")
  private @Nullable Path llamaServer;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE}.")
  private int rounds = 5;

  @Option(names = "--threads", description = "Threads of llama-server; all cores unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--guess",
      description = "Have llama-server guess, too: --spec-type ngram-simple, of short matches.")
  private boolean guesses;

  /** A release and what is to be said of it. */
  private record Task(String name, String question, String schema) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = ModelFile.open(model).path();
    System.out.println(Machine.describe());
    List<Peer> peers = new ArrayList<>();
    try {
      peers.add(TsukuPeer.start(file));
      if (llamaServer != null) {
        List<String> more =
            guesses
                ? List.of(
                    "--spec-type",
                    "ngram-simple",
                    "--spec-ngram-simple-size-n",
                    "3",
                    "--spec-ngram-simple-size-m",
                    "10")
                : List.of();
        peers.add(LlamaServer.start(llamaServer, file, threads, more));
      }
      for (Task task : tasks()) {
        measure(task, peers);
      }
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
    return 0;
  }

  private static List<String> assets() {
    List<String> assets = new ArrayList<>();
    for (String system : List.of("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")) {
      for (String tool : List.of("garnet", "garnet-server", "garnet-debug")) {
        assets.add(tool + "_2.14.3_" + system + ".tar.gz");
      }
    }
    return assets;
  }

  private static List<Task> tasks() {
    String listed = assets().stream().map(it -> "- " + it).collect(Collectors.joining("\n"));
    String question = "Which file is for which system?\n" + listed;
    String known =
        "{\"enum\": ["
            + assets().stream().map(it -> '"' + it + '"').collect(Collectors.joining(", "))
            + "]}";
    return List.of(
        new Task("files of the list", question, schema(known)),
        new Task(
            "any text of 24",
            question,
            schema("{\"type\": \"string\", \"minLength\": 24, \"maxLength\": 24}")));
  }

  /** Asks for files of a list of names, which differ in their version from round to round. */
  static Peer.Ask ask(int round) {
    Task task = tasks().getFirst();
    return Peer.Ask.of(task.question() + "\nRelease " + (round + 100) + ".", MOST_TOKENS)
        .withSchema(task.schema());
  }

  private static String schema(String asset) {
    return """
        {"type": "object", "properties": {"mappings": {"type": "array", "minItems": 4, "maxItems": 4,
         "items": {"type": "object", "properties": {"os": {"enum": ["linux", "darwin"]},
         "arch": {"enum": ["amd64", "arm64"]}, "asset": %s,
         "format": {"enum": ["tar.gz", "tar.xz", "zip", "tbz", "tgz", "binary"]}},
         "required": ["os", "arch", "asset", "format"], "additionalProperties": false}},
         "executable": {"enum": ["garnet", "garnet-server", "garnet-debug"]},
         "verify_command": {"enum": ["garnet --version", "garnet version", "garnet -V"]}},
         "required": ["mappings", "executable", "verify_command"], "additionalProperties": false}"""
        .formatted(asset)
        .replace("\n", " ");
  }

  private void measure(Task task, List<Peer> peers) throws IOException, InterruptedException {
    double[][] millis = new double[peers.size()][rounds];
    double[][] each = new double[peers.size()][rounds];
    for (int round = -1; round < rounds; round++) {
      for (int i = 0; i < peers.size(); i++) {
        Peer.Reply reply =
            peers
                .get(i)
                .ask(
                    Peer.Ask.of(task.question() + "\nRelease " + (round + 2) + ".", MOST_TOKENS)
                        .withSchema(task.schema()));
        // The first one loads the model and the code.
        if (round >= 0) {
          millis[i][round] = reply.decodeMillis();
          each[i][round] = reply.outputTokens();
        }
      }
    }
    System.out.println(task.name());
    for (int i = 0; i < peers.size(); i++) {
      System.out.printf(
          "  %-13s decode %s ms, %s tokens%n",
          peers.get(i).name(), new Samples(millis[i]), new Samples(each[i]));
    }
    if (peers.size() == 2) {
      System.out.printf(
          Locale.ROOT,
          "  ratio of medians: %.2f times as fast%n",
          new Samples(millis[1]).median() / new Samples(millis[0]).median());
    }
  }
}
