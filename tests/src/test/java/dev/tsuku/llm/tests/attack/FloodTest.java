package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.RawHttp2.Ending;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** However much comes at once, small requests are answered beside it. */
@Tag("long")
@Timeout(300)
class FloodTest {

  private static final int CONNECTIONS = 64;

  /** One second is what is promised; the machine that runs this test may be busy with others. */
  private static final long MOST_NANOS = Duration.ofSeconds(4).toNanos();

  private static final Duration LONG = Duration.ofMinutes(2);

  @RegisterExtension final VictimHome home = new VictimHome();

  private interface Part {
    List<Ending> play(RawHttp2 connection, int number) throws Exception;
  }

  private List<Ending> beside(int connections, Part part) throws Exception {
    List<Ending> endings = new ArrayList<>();
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path());
        RawClient client = new RawClient(home.path());
        ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      ask(client);
      List<Future<List<Ending>>> parts = new ArrayList<>();
      AtomicBoolean failed = new AtomicBoolean();
      for (int i = 0; i < connections; i++) {
        int number = i;
        parts.add(
            threads.submit(
                () -> {
                  try (RawHttp2 connection = new RawHttp2(home.socket())) {
                    return part.play(connection, number);
                  } catch (Exception e) {
                    failed.set(true);
                    throw e;
                  }
                }));
      }
      List<Long> nanos = new ArrayList<>();
      while (!failed.get() && !parts.stream().allMatch(Future::isDone)) {
        long start = System.nanoTime();
        ask(client);
        nanos.add(System.nanoTime() - start);
      }
      for (Future<List<Ending>> one : parts) {
        endings.addAll(one.get());
      }
      nanos.sort(null);
      assertThat(nanos).isNotEmpty();
      assertThat(nanos.get(nanos.size() * 99 / 100)).isLessThan(MOST_NANOS);
      assertThat(daemon.isAlive()).isTrue();
      assertThat(daemon.err()).isEmpty();
      assertThat(daemon.log()).doesNotContain("OutOfMemory", "\tat ");
    }
    return endings;
  }

  private static void ask(RawClient client) throws Exception {
    assertThat(client.blocking().complete(RawClient.ask("Hi").setMaxTokens(1).build()).getUsage())
        .extracting("outputTokens")
        .isEqualTo(1);
  }

  @Test
  void four_gigabytes_at_once_are_refused_and_small_requests_answered() throws Exception {
    byte[] framed =
        RawHttp2.framed(RawClient.ask("word ".repeat((16 << 20) / 5 - 20)).build().toByteArray());
    List<Ending> endings =
        beside(
            CONNECTIONS,
            (connection, number) -> {
              List<RawHttp2.Call> calls = new ArrayList<>();
              for (int i = 0; i < 256 / CONNECTIONS; i++) {
                calls.add(connection.begin(RawHttp2.COMPLETE));
              }
              connection.sendAll(calls, framed);
              List<Ending> mine = new ArrayList<>();
              for (RawHttp2.Call call : calls) {
                mine.add(connection.await(call, LONG));
              }
              return mine;
            });
    assertThat(endings).hasSize(256);
    assertThat(endings)
        .extracting(Ending::reason)
        .containsOnly(Reason.MEMORY_FULL.wireName(), Reason.PROMPT_TOO_LONG.wireName())
        .contains(Reason.MEMORY_FULL.wireName(), Reason.PROMPT_TOO_LONG.wireName());
  }

  @Test
  void messages_that_stop_half_way_are_given_up_and_their_memory_with_them() throws Exception {
    byte[] half = RawHttp2.prefixed(0, 15 << 20, new byte[7 << 20]);
    List<Ending> endings =
        beside(
            8,
            (connection, number) -> {
              RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
              connection.send(call, half, false);
              Ending first = connection.await(call, LONG);
              if (number != 0) {
                return List.of(first);
              }
              // By now all of them have been given up, or refused at once.
              Ending whole =
                  connection.call(
                      RawHttp2.COMPLETE, RawClient.ask("x".repeat(15 << 20)).build().toByteArray());
              return List.of(first, whole);
            });
    assertThat(endings)
        .extracting(Ending::reason)
        .contains(Reason.REQUEST_INCOMPLETE.wireName())
        .contains(Reason.MEMORY_FULL.wireName());
  }
}
