package dev.tsuku.llm.bench;

import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What users wait for: a conversation of several turns, and several clients at once, the daemon
 * beside llama-server, in turns.
 */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    description = "Conversations and many clients, beside llama-server of the same release.")
final class Sessions implements Callable<Integer> {

  private static final Duration PAUSE = Duration.ofSeconds(4);

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path model = Path.of("");

  @Option(
      names = "--llama-server",
      description =
          "llama-server of the same llama.cpp release; without it, only ours is measured.")
  private @Nullable Path llamaServer;

  @Option(names = "--turns", description = "Turns of a session; ${DEFAULT-VALUE} unless given.")
  private int turns = 5;

  @Option(names = "--first", description = "Words of the first turn; ${DEFAULT-VALUE}.")
  private int firstWords = 2200;

  @Option(names = "--more", description = "Words of each later turn; ${DEFAULT-VALUE}.")
  private int moreWords = 300;

  @Option(names = "--answer", description = "Tokens of an answer; ${DEFAULT-VALUE}.")
  private int answerTokens = 64;

  @Option(names = "--clients", description = "Clients at once; ${DEFAULT-VALUE}.")
  private int clients = 8;

  @Option(names = "--client-words", description = "Words each of them sends; ${DEFAULT-VALUE}.")
  private int clientWords = 500;

  @Option(names = "--rounds", description = "How often; ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--threads", description = "Threads of llama-server; all cores unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Integer call() throws IOException, InterruptedException, ExecutionException {
    Path file = ModelFile.open(model).path();
    System.out.println(Machine.describe());
    System.out.printf(
        "%s; %d turns of %d and then %d words, answers of %d tokens; %d clients of %d words%n",
        file.getFileName(), turns, firstWords, moreWords, answerTokens, clients, clientWords);
    List<Peer> peers = new ArrayList<>();
    try {
      peers.add(TsukuPeer.start(file));
      if (llamaServer != null) {
        peers.add(LlamaServer.start(llamaServer, file, threads, List.of()));
      }
      measure(peers);
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
    return 0;
  }

  /** What was measured of one server, a value for each round. */
  private static final class Figures {
    private final Peer peer;
    private final double[] seconds;
    private final double[] rates;

    Figures(Peer peer, int rounds) {
      this.peer = peer;
      this.seconds = new double[rounds];
      this.rates = new double[rounds];
    }
  }

  private void measure(List<Peer> peers)
      throws IOException, InterruptedException, ExecutionException {
    List<Figures> all = new ArrayList<>();
    for (Peer peer : peers) {
      all.add(new Figures(peer, rounds));
      // Loads the model, and lets the JVM compile what is called often.
      Workloads.session(peer, new Random(-1), turns, 200, 50, answerTokens);
    }
    // As between a user's calls: ours gets to know the model's file in it, once for all daemons.
    Thread.sleep(PAUSE);
    for (int round = 0; round < rounds; round++) {
      for (Figures figures : all) {
        figures.seconds[round] =
            Workloads.session(
                figures.peer, new Random(round), turns, firstWords, moreWords, answerTokens);
        figures.rates[round] = Workloads.together(figures.peer, asks(round));
        System.out.printf(
            Locale.ROOT,
            "  round %d  %-13s session %7.2f s   %d clients %7.1f tokens/s%n",
            round + 1,
            figures.peer.name(),
            figures.seconds[round],
            clients,
            figures.rates[round]);
      }
    }
    for (Figures figures : all) {
      System.out.printf(
          "%-13s session %s s   %d clients %s tokens/s%n",
          figures.peer.name(), new Samples(figures.seconds), clients, new Samples(figures.rates));
    }
    if (all.size() == 2) {
      System.out.printf(
          Locale.ROOT,
          "ratio of medians: session time %.3f, tokens/s %.3f%n",
          ratio(all.get(0).seconds, all.get(1).seconds),
          ratio(all.get(0).rates, all.get(1).rates));
    }
  }

  private static double ratio(double[] ours, double[] theirs) {
    return new Samples(ours).median() / new Samples(theirs).median();
  }

  private List<Peer.Ask> asks(int round) {
    return IntStream.range(0, clients)
        .mapToObj(client -> Words.text(new Random(1000L * (round + 1) + client), clientWords))
        .map(text -> Peer.Ask.of(text, answerTokens))
        .toList();
  }
}
