package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.ComputeThreads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a model of a machine: what a step takes, by its threads and by what else runs. */
class ThreadGovernorTest {

  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  private long now;

  /** A machine with cores, some of them busy with other programs. */
  private static final class Machine {

    private final int cores;
    private int busy;

    Machine(int cores) {
      this.cores = cores;
    }

    /** Measured with two cores: 16 ms for one thread, 200 times as slow when threads must share. */
    long stepNanos(int threads) {
      long alone = 16 * MILLI / threads;
      return threads > 1 && threads + busy > cores ? 200 * alone : alone;
    }

    double share(int threads) {
      return Math.min(1, (double) cores / (threads + busy));
    }
  }

  /** Computes for a while; gives the tokens computed. */
  private int run(Machine machine, ThreadGovernor governor, long nanos) {
    int tokens = 0;
    for (long end = now + nanos; now < end; tokens++) {
      int threads = governor.threads();
      long wall = machine.stepNanos(threads);
      long limit = governor.limitNanos(now, 1);
      if (wall > limit) {
        now += limit;
        governor.exceeded(now, 1, limit, (long) (limit * threads * machine.share(threads)));
        tokens--;
      } else {
        now += wall;
        governor.computed(now, 1, wall, (long) (wall * threads * machine.share(threads)));
      }
    }
    return tokens;
  }

  private static double best(Machine machine, long nanos) {
    double best = 0;
    for (int threads = 1; threads <= machine.cores; threads++) {
      best = Math.max(best, (double) nanos / machine.stepNanos(threads));
    }
    return best;
  }

  @Test
  void an_idle_machine_computes_with_all_threads_all_the_time() {
    Machine machine = new Machine(2);
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(2), true);

    assertThat(run(machine, governor, 10 * SECOND)).isEqualTo(1250);
  }

  @Test
  void threads_step_down_when_other_programs_take_the_cores() {
    Machine machine = new Machine(2);
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(2), true);
    run(machine, governor, SECOND);

    machine.busy = 2;
    run(machine, governor, SECOND);

    assertThat(governor.threads()).isEqualTo(1);
    assertThat((double) run(machine, governor, 60 * SECOND))
        .isGreaterThan(0.9 * best(machine, 60 * SECOND));
  }

  @Test
  void threads_step_up_again_within_five_seconds_of_the_end() {
    Machine machine = new Machine(8);
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(8), true);
    machine.busy = 8;
    run(machine, governor, 60 * SECOND);

    machine.busy = 0;
    run(machine, governor, 5 * SECOND);

    assertThat(governor.threads()).isEqualTo(8);
  }

  @Test
  void one_busy_core_of_eight_leaves_seven_threads() {
    Machine machine = new Machine(8);
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(8), true);
    machine.busy = 1;

    run(machine, governor, 30 * SECOND);

    assertThat((double) run(machine, governor, 30 * SECOND))
        .isGreaterThan(0.9 * best(machine, 30 * SECOND));
  }

  @Test
  void waiting_for_a_disk_is_no_reason_for_fewer_threads() {
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(4), true);
    int withAll = 0;
    for (int step = 0; step < 1000; step++) {
      int threads = governor.threads();
      withAll += threads == 4 ? 1 : 0;
      now += 100 * MILLI;
      governor.computed(now, 1, 100 * MILLI, 30 * MILLI);
    }

    assertThat(withAll).isGreaterThan(900);
  }

  @Test
  void a_fixed_number_stays() {
    Machine machine = new Machine(2);
    machine.busy = 2;
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.fixed(2), true);

    run(machine, governor, 10 * SECOND);

    assertThat(governor.threads()).isEqualTo(2);
    assertThat(governor.adapts()).isFalse();
  }

  /** Many cores, a large model: a step of 15 tokens takes hardly longer than one of a single. */
  @Test
  void a_single_token_after_steps_with_draft_tokens_may_take_as_long_as_they_did() {
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(16), true);
    for (int step = 0; step < 10; step++) {
      now += 150 * MILLI;
      governor.computed(now, 15, 150 * MILLI, 16 * 150 * MILLI);
    }

    assertThat(governor.limitNanos(now, 1)).isGreaterThan(300 * MILLI);
    assertThat(governor.limitNanos(now, 15)).isGreaterThan(600 * MILLI);
  }

  @ParameterizedTest
  @CsvSource({"1, 500, 15, 1000", "15, 1000, 1, 500"})
  void steps_of_another_size_do_not_make_fewer_threads_look_quicker(
      int tokens, long millis, int otherTokens, long otherMillis) {
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(16), true);
    while (governor.threads() == 16) {
      now += millis * MILLI;
      governor.computed(now, tokens, millis * MILLI, 8 * millis * MILLI);
    }

    now += otherMillis * MILLI;
    governor.computed(now, otherTokens, otherMillis * MILLI, 8 * otherMillis * MILLI);

    assertThat(governor.threads()).isEqualTo(16);
  }

  @Test
  void prompts_and_answers_of_any_length_are_judged_by_the_token() {
    ThreadGovernor governor = new ThreadGovernor(ComputeThreads.upTo(2), true);
    for (int step = 0; step < 500; step++) {
      int tokens = 1 + step % 8;
      long wall = 8 * MILLI * tokens;
      now += wall;
      governor.computed(now, tokens, wall, 2 * wall);
      assertThat(governor.threads()).isEqualTo(2);
    }
  }
}
