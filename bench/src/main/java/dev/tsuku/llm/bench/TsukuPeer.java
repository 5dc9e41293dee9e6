package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.Sampling;
import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** The packaged daemon, asked through its socket. */
final class TsukuPeer implements Peer {

  private final BenchDaemon daemon;
  private final TsukuClient client;
  private final Path model;

  private TsukuPeer(BenchDaemon daemon, TsukuClient client, Path model) {
    this.daemon = daemon;
    this.client = client;
    this.model = model;
  }

  static TsukuPeer start(Path model) throws IOException, InterruptedException {
    BenchDaemon daemon = BenchDaemon.start();
    return new TsukuPeer(daemon, daemon.connect(), model);
  }

  @Override
  public String name() {
    return "tsuku-llm";
  }

  @Override
  public Reply ask(Ask ask) {
    Prompt prompt =
        Prompt.of(ask.conversation())
            .withMaxTokens(ask.maxTokens())
            .withJsonSchema(ask.schema())
            .withModel(model.toAbsolutePath().toString());
    Completion answer =
        client.complete(
            ask.isSampled()
                ? prompt.withSampling(
                    Sampling.GREEDY.withTemperature(TEMPERATURE).withTopP(TOP_P).withSeed(SEED))
                : prompt);
    Completion.Usage usage = answer.usage();
    return new Reply(
        answer.content(),
        usage.inputTokens(),
        usage.outputTokens(),
        usage.timings().decode().toMillis());
  }

  /** Prefill and decode by the daemon's own clock, for a prompt of about so many tokens. */
  Rates rates(int round, int promptTokens, int answerTokens) {
    Random random = new Random(round);
    Completion.Usage decode = client.complete(prompt(Words.text(random, 20), answerTokens)).usage();
    Completion.Usage prefill =
        client.complete(prompt(Words.text(random, promptTokens - 30), 1)).usage();
    return new Rates(
        rate(
            prefill.inputTokens() - prefill.cachedInputTokens(),
            prefill.timings().prefill().toMillis()),
        rate(decode.outputTokens() - 1, decode.timings().decode().toMillis()));
  }

  private Prompt prompt(String text, int maxTokens) {
    return Prompt.of(text).withMaxTokens(maxTokens).withModel(model.toAbsolutePath().toString());
  }

  private static double rate(int tokens, long millis) {
    return 1000.0 * tokens / Math.max(1, millis);
  }

  @Override
  public void close() throws IOException {
    client.close();
    daemon.close();
  }
}
