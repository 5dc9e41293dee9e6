package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Message;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

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
  public Reply ask(List<Message> conversation, int maxTokens, String schema) {
    Completion answer =
        client.complete(
            Prompt.of(conversation)
                .withMaxTokens(maxTokens)
                .withJsonSchema(schema)
                .withModel(model.toAbsolutePath().toString()));
    Completion.Usage usage = answer.usage();
    return new Reply(
        answer.content(),
        usage.inputTokens(),
        usage.outputTokens(),
        usage.timings().decode().toMillis());
  }

  @Override
  public void close() throws IOException {
    client.close();
    daemon.close();
  }
}
