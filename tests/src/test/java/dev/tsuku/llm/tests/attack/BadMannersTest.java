package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that begin something and never go on hold up nobody, and not the end either. */
@Timeout(180)
class BadMannersTest {

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte RESET_STREAM = 3;
  private static final byte GO_AWAY = 7;
  private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  /** On a quiet machine it is a fraction of a second. */
  private static final Duration QUICK = Duration.ofSeconds(4);

  @RegisterExtension final VictimHome home = new VictimHome();

  @Test
  void connections_that_stop_half_way_delay_neither_requests_nor_the_end() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path());
        HalfWay halfWay = new HalfWay()) {
      answersThree();
      halfWay.assertWelcome();
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(QUICK)).isZero();
    }
    home.assertNothingIsLeft();
  }

  @Test
  void connections_that_stop_half_way_are_no_activity() throws Exception {
    try (RunningDaemon daemon =
            RunningDaemon.serve(home.tsuku(), home.path(), "--idle-timeout", "1s");
        HalfWay halfWay = new HalfWay()) {
      answersThree();
      halfWay.assertWelcome();
      assertThat(daemon.awaitExit(QUICK)).isZero();
      assertThat(daemon.log()).contains("IDLE");
    }
    home.assertNothingIsLeft();
  }

  private void answersThree() throws Exception {
    try (RawClient client = new RawClient(home.path())) {
      assertThat(client.blocking().complete(RawClient.ask("Hi").setMaxTokens(3).build()).getUsage())
          .extracting("outputTokens")
          .isEqualTo(3);
    }
  }

  @Test
  void a_thousand_probes_a_second_disturb_no_request_and_no_end() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(600);
      AtomicBoolean enough = new AtomicBoolean();
      AtomicInteger probes = new AtomicInteger();
      Thread prober = Thread.ofPlatform().start(() -> probe(enough, probes));
      try {
        for (int i = 0; i < 5; i++) {
          answersThree();
        }
        assertThat(answer.get(60, TimeUnit.SECONDS).getUsage().getOutputTokens()).isEqualTo(600);
        assertThat(probes).hasValueGreaterThan(100);
        daemon.signal("TERM");
        assertThat(daemon.awaitExit(QUICK)).isZero();
      } finally {
        enough.set(true);
        prober.join();
      }
      System.out.println("attack probes: " + probes);
      assertThat(daemon.err()).isEmpty();
    }
    home.assertNothingIsLeft();
  }

  /**
   * Connects and closes, once a millisecond, as long as the daemon keeps pace: on a machine that
   * gives it no time, the kernel's queue of connections would overflow, and turn others away.
   */
  private void probe(AtomicBoolean enough, AtomicInteger probes) {
    while (!enough.get()) {
      try (SocketChannel probe = SocketChannel.open(address())) {
        if (probe.isConnected() && probes.incrementAndGet() % 16 == 0) {
          var _ = probe.read(ByteBuffer.allocate(1));
        }
      } catch (IOException e) {
        // It has gone.
      }
      Attack.passing(Duration.ofMillis(1));
    }
  }

  private UnixDomainSocketAddress address() {
    return UnixDomainSocketAddress.of(home.socket());
  }

  /** One connection for each place at which one can stop, a request's middle the last of them. */
  private final class HalfWay implements AutoCloseable {

    private final List<SocketChannel> connections = new ArrayList<>();

    HalfWay() throws IOException {
      byte[] headers = frame(1, 4, requestHeaders());
      saying();
      saying(Arrays.copyOf(PREFACE, 10));
      saying(PREFACE);
      saying(PREFACE, Arrays.copyOf(SETTINGS, 5));
      saying(PREFACE, SETTINGS);
      saying(PREFACE, SETTINGS, Arrays.copyOf(headers, headers.length - 7));
      saying(PREFACE, SETTINGS, headers);
      // A message of 100 bytes, of which there are 3.
      saying(PREFACE, SETTINGS, headers, frame(0, 0, new byte[] {0, 0, 0, 0, 100, 1, 2, 3}));
    }

    private void saying(byte[]... words) throws IOException {
      SocketChannel connection = SocketChannel.open(address());
      connections.add(connection);
      for (byte[] word : words) {
        connection.write(ByteBuffer.wrap(word));
      }
    }

    /** That the daemon has neither closed nor refused them, which would make the test easy. */
    void assertWelcome() throws IOException {
      for (SocketChannel connection : connections) {
        connection.configureBlocking(false);
        ByteBuffer heard = ByteBuffer.allocate(1024);
        int count;
        do {
          count = connection.read(heard);
        } while (count > 0);
        assertThat(count).as("what the daemon has to say, or -1 for the end").isZero();
        heard.flip();
        while (heard.remaining() >= 9) {
          int length = heard.get() << 16 | Short.toUnsignedInt(heard.getShort());
          assertThat(heard.get()).as("the type of a frame").isNotIn(RESET_STREAM, GO_AWAY);
          heard.position(heard.position() + 5 + length);
        }
      }
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel connection : connections) {
        connection.close();
      }
    }
  }

  /** An HTTP/2 frame of stream 1, or of the connection's if it has no content. */
  private static byte[] frame(int type, int flags, byte[] content) {
    return ByteBuffer.allocate(9 + content.length)
        .put((byte) 0)
        .putShort((short) content.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(1)
        .put(content)
        .array();
  }

  /** A call of Complete, in the plainest encoding there is. */
  private static byte[] requestHeaders() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    // POST and http, from the table that everybody has; then literals.
    block.write(0x83);
    block.write(0x86);
    block.write(4);
    text(block, "/tsuku.llm.v1.InferenceService/Complete");
    block.write(1);
    text(block, "localhost");
    for (String word : List.of("content-type", "application/grpc", "te", "trailers")) {
      if (!word.startsWith("application") && !word.equals("trailers")) {
        block.write(0);
      }
      text(block, word);
    }
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, String text) {
    block.write(text.length());
    block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
