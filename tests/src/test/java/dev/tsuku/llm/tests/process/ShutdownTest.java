package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import io.grpc.Status;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client's Shutdown does to requests in flight. */
@Timeout(120)
class ShutdownTest {

  /** Less than the grace of 10 s, and far more than an end takes. */
  private static final Duration AT_ONCE = Duration.ofSeconds(7);

  private static final int ENDLESS = 1_000_000;

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  @BeforeEach
  void writeModel() throws Exception {
    Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(home.resolve("models/slow.gguf"));
  }

  private RunningDaemon serve() {
    return RunningDaemon.serve(TsukuCommand.in(home.path()), home.path());
  }

  @Test
  void a_shutdown_that_says_nothing_leaves_requests_their_grace() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(300);
      assertThat(client.blocking().shutdown(ShutdownRequest.getDefaultInstance()).getAccepted())
          .isTrue();
      assertThat(answer.get(30, TimeUnit.SECONDS).getUsage().getOutputTokens()).isEqualTo(300);
      assertThat(daemon.awaitExit(AT_ONCE)).isZero();
    }
    Leftovers.assertNone(home.path());
  }

  @Test
  void a_shutdown_that_says_now_cancels_requests_at_once() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(ENDLESS);
      assertThat(
              client
                  .blocking()
                  .shutdown(ShutdownRequest.newBuilder().setNow(true).build())
                  .getAccepted())
          .isTrue();
      assertThat(daemon.awaitExit(AT_ONCE)).isZero();
      assertThat(RawClient.statusOf(answer).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
    Leftovers.assertNone(home.path());
  }

  @Test
  void the_grace_of_one_shutdown_is_ended_by_another_that_says_now() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path());
        TsukuClient other = TsukuClient.connect(new Home(home.path()))) {
      ListenableFuture<CompletionResponse> answer = client.begin(ENDLESS);
      assertThat(other.stop(true)).isTrue();
      assertThat(answer.isDone()).isFalse();
      assertThat(other.stop(false)).isTrue();
      assertThat(daemon.awaitExit(AT_ONCE)).isZero();
      assertThat(RawClient.statusOf(answer).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
    Leftovers.assertNone(home.path());
  }
}
