package dev.tsuku.llm.daemon.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GateTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final AtomicLong now = new AtomicLong(-17);
  private final AtomicInteger emptied = new AtomicInteger();
  private final Gate gate = new Gate(2, now::get, emptied::incrementAndGet);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void a_shut_gate_refuses_in_the_words_of_the_contract() {
    gate.shut();
    assertThatThrownBy(gate::enter)
        .isInstanceOfSatisfying(
            GateException.class, e -> assertThat(e.kind()).isEqualTo(GateException.Kind.SHUT))
        .hasMessage("server is shutting down");
  }

  @Test
  void a_full_gate_says_how_many_are_in() {
    gate.enter();
    gate.enter();
    assertThatThrownBy(gate::enter)
        .isInstanceOfSatisfying(
            GateException.class, e -> assertThat(e.kind()).isEqualTo(GateException.Kind.FULL))
        .hasMessageContaining("2 requests");
  }

  @Test
  void leaving_twice_counts_once() {
    Pass first = gate.enter();
    gate.enter();
    first.close();
    first.close();
    assertThat(gate.inFlight()).isEqualTo(1);
    assertThat(emptied).hasValue(0);
  }

  @Test
  void the_last_to_leave_is_announced() {
    Pass only = gate.enter();
    only.close();
    assertThat(emptied).hasValue(1);
  }

  @Test
  void an_idle_gate_shuts_after_the_timeout_and_not_before() {
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(TIMEOUT);
    pass(TIMEOUT.minusSeconds(1));
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(Duration.ofSeconds(1));
    assertThat(gate.isShut()).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(gate.shutIfIdle(TIMEOUT)).isZero();
    assertThatThrownBy(gate::enter).isInstanceOf(GateException.class);
  }

  @Test
  void the_idle_clock_stands_while_somebody_is_in_and_starts_anew_when_he_leaves() {
    Pass pass = gate.enter();
    pass(TIMEOUT.multipliedBy(10));
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(TIMEOUT);
    pass.close();
    pass(TIMEOUT.minusSeconds(2));
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void the_idle_clock_stands_while_a_question_is_answered_and_starts_anew_afterwards() {
    pass(TIMEOUT.minusSeconds(1));
    gate.asked();
    pass(TIMEOUT.multipliedBy(10));
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(TIMEOUT);
    assertThat(gate.inFlight()).isZero();
    gate.answered();
    pass(Duration.ofSeconds(1));
    assertThat(gate.shutIfIdle(TIMEOUT)).isEqualTo(TIMEOUT.minusSeconds(1));
  }

  @Test
  void a_drain_waits_for_what_is_in() {
    Lifecycle lifecycle = new Lifecycle();
    Gate waking = new Gate(2, System::nanoTime, lifecycle::wake);
    Pass pass = waking.enter();
    Thread worker = Thread.ofPlatform().start(pass::close);
    int left = new Drain(waking, lifecycle, Duration.ofSeconds(20), Duration.ofSeconds(20)).run();
    assertThat(left).isZero();
    assertThat(pass.cancellation().cause()).isEmpty();
    assertThat(worker).isNotNull();
  }

  @Test
  void a_drain_cancels_what_is_still_in_when_the_grace_is_over() {
    Lifecycle lifecycle = new Lifecycle();
    Gate waking = new Gate(2, System::nanoTime, lifecycle::wake);
    Pass pass = waking.enter();
    pass.cancellation().onCancel(pass::close);
    int left = new Drain(waking, lifecycle, Duration.ofMillis(5), Duration.ofSeconds(20)).run();
    assertThat(left).isZero();
    assertThat(pass.cancellation().cause()).contains(Cancellation.Cause.DRAINED);
  }

  @Test
  void a_second_signal_ends_the_grace_at_once() {
    Lifecycle lifecycle = new Lifecycle();
    Gate waking = new Gate(2, System::nanoTime, lifecycle::wake);
    Pass pass = waking.enter();
    pass.cancellation().onCancel(pass::close);
    lifecycle.requestStop(new StopRequest(StopRequest.Cause.SIGNAL, "TERM"));
    lifecycle.requestStop(new StopRequest(StopRequest.Cause.SIGNAL, "TERM"));
    int left = new Drain(waking, lifecycle, Duration.ofHours(1), Duration.ofSeconds(20)).run();
    assertThat(left).isZero();
  }

  @Test
  void a_drain_says_who_would_not_go() {
    Lifecycle lifecycle = new Lifecycle();
    Gate waking = new Gate(2, System::nanoTime, lifecycle::wake);
    Pass stubborn = waking.enter();
    int left = new Drain(waking, lifecycle, Duration.ofMillis(1), Duration.ofMillis(1)).run();
    assertThat(left).isEqualTo(1);
    stubborn.close();
  }

  @Test
  void a_cancellation_happens_once_and_reaches_late_comers() {
    Cancellation cancellation = new Cancellation();
    List<String> heard = new ArrayList<>();
    cancellation.onCancel(() -> heard.add("early"));
    cancellation.cancel(Cancellation.Cause.DEADLINE);
    cancellation.cancel(Cancellation.Cause.CALLER_GONE);
    cancellation.onCancel(() -> heard.add("late"));
    assertThat(heard).containsExactly("early", "late");
    assertThat(cancellation.cause()).contains(Cancellation.Cause.DEADLINE);
  }
}
