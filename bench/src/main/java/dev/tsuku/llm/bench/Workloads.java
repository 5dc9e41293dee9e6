package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What is asked of a server, and what that took as its client sees it. */
final class Workloads {

  private static final double NANOS_A_MILLI = 1e6;
  private static final double NANOS_A_SECOND = 1e9;

  private Workloads() {}

  /** Waits for one answer; in milliseconds. */
  static double millis(Peer peer, Peer.Ask ask) throws IOException, InterruptedException {
    long start = System.nanoTime();
    peer.ask(ask);
    return (System.nanoTime() - start) / NANOS_A_MILLI;
  }

  /** A conversation from its first turn to its last answer; in seconds. */
  static double session(Peer peer, Random random, int turns, int first, int more, int answerTokens)
      throws IOException, InterruptedException {
    List<Message> conversation = new ArrayList<>();
    long start = System.nanoTime();
    for (int turn = 0; turn < turns; turn++) {
      conversation.add(new Message.User(Words.text(random, turn == 0 ? first : more)));
      String answer = peer.ask(Peer.Ask.of(conversation, answerTokens)).text();
      conversation.add(new Message.Assistant(answer, List.of()));
    }
    return (System.nanoTime() - start) / NANOS_A_SECOND;
  }

  /** All at once, each from a client of its own: tokens read and written a second. */
  static double together(Peer peer, List<Peer.Ask> asks)
      throws InterruptedException, ExecutionException {
    List<Callable<Peer.Reply>> calls = new ArrayList<>();
    for (Peer.Ask ask : asks) {
      calls.add(() -> peer.ask(ask));
    }
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      long tokens = 0;
      for (Future<Peer.Reply> reply : clients.invokeAll(calls)) {
        tokens += reply.get().inputTokens() + reply.get().outputTokens();
      }
      return tokens / ((System.nanoTime() - start) / NANOS_A_SECOND);
    }
  }
}
