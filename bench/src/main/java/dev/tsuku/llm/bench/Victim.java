package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A daemon to attack, with a small model whose answers never end. Closing it looks for what attacks
 * must not leave behind, and ends it.
 */
final class Victim implements AutoCloseable {

  /** Loads in a moment, and takes a millisecond or two for each token. */
  private static final TinyGguf MODEL =
      TinyGguf.slow().shaped(new TinyShape(2, 512, 8, 8, 2048, 8192));

  private final BenchDaemon daemon;
  private final TsukuClient client;

  private Victim(BenchDaemon daemon, TsukuClient client) {
    this.daemon = daemon;
    this.client = client;
  }

  /** A home with the model. */
  static Home home() throws IOException {
    Home home = new Home(Files.createTempDirectory(Path.of("/tmp"), "attack"));
    MODEL.writeTo(Files.createDirectory(home.models()).resolve("slow.gguf"));
    return home;
  }

  /** Starts a daemon, and waits until it has answered with its model. */
  static Victim start() throws IOException, InterruptedException {
    BenchDaemon daemon = BenchDaemon.startIn(home());
    Victim victim = new Victim(daemon, daemon.connect());
    victim.ask();
    return victim;
  }

  /** A small request, answered. */
  void ask() {
    client.complete(Prompt.of("Hi").withMaxTokens(1));
  }

  TsukuClient client() {
    return client;
  }

  BenchDaemon daemon() {
    return daemon;
  }

  Path socket() {
    return daemon.home().socket();
  }

  RawHttp2 connect() throws IOException {
    return new RawHttp2(socket());
  }

  /**
   * Looks at the daemon after an attack.
   *
   * @throws AttackFailure if it is not well
   */
  void requireWell() throws IOException {
    if (!daemon.isAlive()) {
      throw new AttackFailure("the daemon has ended; it said: " + daemon.said());
    }
    ask();
    for (String text : List.of(Files.readString(daemon.home().log()), daemon.said())) {
      List<String> bad =
          text.lines()
              .filter(line -> line.startsWith("\tat ") || line.contains("OutOfMemory"))
              .toList();
      if (!bad.isEmpty()) {
        int at = Math.max(0, text.indexOf(bad.get(0)) - 500);
        throw new AttackFailure(
            "the log has what it must not: "
                + text.substring(at, Math.min(text.length(), at + 900)));
      }
    }
    if (!daemon.said().isEmpty()) {
      throw new AttackFailure("the daemon said: " + daemon.said());
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    daemon.close();
  }
}
