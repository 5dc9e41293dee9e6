package dev.tsuku.llm.bench;

import dev.tsuku.llm.bench.AttackRun.Attack;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.RawHttp2.Ending;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Many requests or connections at once, and small requests beside them. */
final class FloodAttacks {

  private static final int MIB = 1 << 20;
  private static final int CONNECTIONS = 64;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int INVALID_ARGUMENT = 3;

  private static final Duration LONG = Duration.ofMinutes(2);

  private FloodAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("large-requests", 256, FloodAttacks::large),
        new Attack("stalled-halfway", 64, FloodAttacks::stalled),
        new Attack("silent-calls", 4096, FloodAttacks::silentCalls),
        new Attack("idle-connections", 1500, FloodAttacks::idleConnections),
        new Attack("open-and-close", 20_000, FloodAttacks::openAndClose),
        new Attack("cancel-storm", 2000, FloodAttacks::cancelStorm),
        new Attack("cancel-large", 100, FloodAttacks::cancelLarge),
        new Attack("patterns", 480, PatternAttack::play));
  }

  /** A request of 16 MiB, five bytes of gRPC before it. */
  private static byte[] largest() {
    int text = 16 * MIB - 64;
    CompletionRequest request =
        CompletionRequest.newBuilder()
            .addMessages(
                Message.newBuilder().setRole(Role.ROLE_USER).setContent("word ".repeat(text / 5)))
            .build();
    return RawHttp2.framed(request.toByteArray());
  }

  private static String large(int rounds) throws IOException, InterruptedException {
    byte[] framed = largest();
    return SmallRequests.beside(
        CONNECTIONS,
        (connection, number, endings) -> {
          List<RawHttp2.Call> calls = new ArrayList<>();
          for (int i = number; i < rounds; i += CONNECTIONS) {
            calls.add(connection.begin(RawHttp2.COMPLETE));
          }
          connection.sendAll(calls, framed);
          for (RawHttp2.Call call : calls) {
            count(connection.await(call, LONG), endings, RESOURCE_EXHAUSTED, INVALID_ARGUMENT);
          }
        });
  }

  private static void count(Ending ending, Map<String, Integer> endings, int... codes) {
    boolean expected = false;
    for (int code : codes) {
      expected |= ending.code() == code;
    }
    if (!expected || ending.reason().isEmpty()) {
      throw new AttackFailure("ended with " + ending);
    }
    endings.merge(ending.code() + " " + ending.reason(), 1, Integer::sum);
  }

  /** Each connection sends half of a message, and then waits for what comes of it. */
  private static String stalled(int rounds) throws IOException, InterruptedException {
    int deadlineExceeded = 4;
    return SmallRequests.beside(
        rounds,
        (connection, number, endings) -> {
          RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
          int length = number % 2 == 0 ? 15 * MIB : 1000;
          byte[] half = RawHttp2.prefixed(0, length, new byte[length / 2]);
          connection.send(call, half, false);
          count(connection.await(call, LONG), endings, deadlineExceeded, RESOURCE_EXHAUSTED);
        });
  }

  /** Calls that never send a message: those that are too many end at once, the others in time. */
  private static String silentCalls(int rounds) throws IOException, InterruptedException {
    int deadlineExceeded = 4;
    return SmallRequests.beside(
        16,
        (connection, number, endings) -> {
          List<RawHttp2.Call> calls = new ArrayList<>();
          for (int i = number; i < rounds; i += 16) {
            calls.add(connection.begin(RawHttp2.COMPLETE));
          }
          for (RawHttp2.Call call : calls) {
            count(connection.await(call, LONG), endings, deadlineExceeded, RESOURCE_EXHAUSTED);
          }
        });
  }

  private static String idleConnections(int rounds) throws IOException, InterruptedException {
    List<RawHttp2> connections = new ArrayList<>();
    int refused = 0;
    try (Victim victim = Victim.start()) {
      for (int i = 0; i < rounds; i++) {
        try {
          RawHttp2 connection = victim.connect();
          connections.add(connection);
          var _ = connection.call(RawHttp2.COMPLETE, new byte[0]);
        } catch (IOException e) {
          refused++;
        }
      }
      for (RawHttp2 connection : connections) {
        connection.close();
      }
      victim.requireWell();
    }
    return refused + " refused";
  }

  private static String openAndClose(int rounds) throws IOException, InterruptedException {
    try (Victim victim = Victim.start()) {
      List<Double> millis = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        SocketChannel.open(UnixDomainSocketAddress.of(victim.socket())).close();
        if (i % 100 == 0) {
          long start = System.nanoTime();
          victim.ask();
          millis.add((System.nanoTime() - start) / 1e6);
        }
      }
      String times = SmallRequests.times(millis);
      victim.requireWell();
      return times;
    }
  }

  /** Requests that are given up at a random moment, a few at a time. */
  private static String cancelStorm(int rounds) throws IOException, InterruptedException {
    byte[] framed =
        RawHttp2.framed(
            CompletionRequest.newBuilder()
                .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent("Hi"))
                .build()
                .toByteArray());
    return cancels(rounds, framed, framed.length);
  }

  /** Large requests that are given up with a random part of them sent. */
  private static String cancelLarge(int rounds) throws IOException, InterruptedException {
    byte[] framed = largest();
    return cancels(rounds, framed, 0);
  }

  private static String cancels(int rounds, byte[] framed, int least)
      throws IOException, InterruptedException {
    return SmallRequests.beside(
        8,
        (connection, number, endings) -> {
          Random random = new Random(number);
          for (int i = number; i < rounds; i += 8) {
            RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
            int part = least + random.nextInt(framed.length - least + 1);
            connection.send(
                call,
                part == framed.length ? framed : java.util.Arrays.copyOf(framed, part),
                false);
            if (call.ending() == null) {
              connection.cancel(call);
              endings.merge("cancelled", 1, Integer::sum);
            } else {
              endings.merge("refused", 1, Integer::sum);
            }
          }
        });
  }
}
