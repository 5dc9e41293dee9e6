package dev.tsuku.llm.daemon.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LifecycleTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Lifecycle lifecycle = new Lifecycle();

  private static StopRequest signal(String name) {
    return new StopRequest(Cause.SIGNAL, name);
  }

  @Test
  void a_life_goes_from_new_to_stopped() {
    assertThat(lifecycle.state()).isEqualTo(DaemonState.NEW);
    lifecycle.starting();
    assertThat(lifecycle.started()).isTrue();
    assertThat(lifecycle.state()).isEqualTo(DaemonState.READY);
    lifecycle.drain();
    lifecycle.stop();
    lifecycle.stopped();
    assertThat(lifecycle.state()).isEqualTo(DaemonState.STOPPED);
  }

  @Test
  void a_stop_requested_during_the_start_is_never_ready() {
    lifecycle.starting();
    lifecycle.requestStop(signal("TERM"));
    assertThat(lifecycle.started()).isFalse();
    assertThat(lifecycle.state()).isEqualTo(DaemonState.STARTING);
    lifecycle.stop();
  }

  @Test
  void the_first_cause_is_kept() {
    lifecycle.requestStop(new StopRequest(Cause.SHUTDOWN, "a"));
    lifecycle.requestStop(signal("TERM"));
    assertThat(lifecycle.stopRequest()).contains(new StopRequest(Cause.SHUTDOWN, "a"));
  }

  @Test
  void only_a_second_signal_is_urgent() {
    lifecycle.requestStop(new StopRequest(Cause.SHUTDOWN, "a"));
    lifecycle.requestStop(new StopRequest(Cause.SHUTDOWN, "b"));
    lifecycle.requestStop(signal("TERM"));
    assertThat(lifecycle.isUrgent()).isFalse();
    lifecycle.requestStop(signal("INT"));
    assertThat(lifecycle.isUrgent()).isTrue();
  }

  @Test
  void a_client_in_a_hurry_is_urgent_at_any_time() {
    lifecycle.requestStop(new StopRequest(Cause.SHUTDOWN, "a"));
    lifecycle.hurry();
    assertThat(lifecycle.isUrgent()).isTrue();
    assertThat(lifecycle.stopRequest()).contains(new StopRequest(Cause.SHUTDOWN, "a"));
  }

  @Test
  void nothing_goes_back() {
    assertThatThrownBy(lifecycle::drain).hasMessageContaining("from NEW to DRAINING");
    assertThatThrownBy(lifecycle::stopped).isInstanceOf(IllegalStateException.class);
    lifecycle.starting();
    assertThatThrownBy(lifecycle::starting).isInstanceOf(IllegalStateException.class);
    lifecycle.stop();
    assertThatThrownBy(lifecycle::stop).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(lifecycle::drain).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void waiting_for_a_stop_ends_with_the_request_or_with_the_time() throws InterruptedException {
    assertThat(lifecycle.awaitStopRequest(Duration.ofMillis(1))).isFalse();
    Thread asker = Thread.ofPlatform().start(() -> lifecycle.requestStop(signal("TERM")));
    assertThat(lifecycle.awaitStopRequest(LONG)).isTrue();
    asker.join();
  }

  @Test
  void waiting_for_the_last_request_ends_early_at_a_second_signal() throws InterruptedException {
    lifecycle.requestStop(signal("TERM"));
    Thread asker = Thread.ofPlatform().start(() -> lifecycle.requestStop(signal("TERM")));
    lifecycle.awaitUrgentOr(LONG, () -> false);
    assertThat(lifecycle.isUrgent()).isTrue();
    asker.join();
  }
}
