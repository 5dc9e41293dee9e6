package dev.tsuku.llm.grammar.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CpuDeadlineTest {

  private static final long LIMIT_NANOS = 50_000_000;

  @Test
  void time_in_which_the_thread_does_not_run_is_not_counted() throws InterruptedException {
    CpuDeadline deadline = CpuDeadline.in(LIMIT_NANOS);
    for (int pause = 0; pause < 4; pause++) {
      assertThat(deadline.isPast()).isFalse();
      Thread.sleep(Duration.ofNanos(LIMIT_NANOS));
    }
    assertThat(deadline.isPast()).isFalse();
  }

  @Test
  void work_is_ended() {
    CpuDeadline deadline = CpuDeadline.in(LIMIT_NANOS);
    long most = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!deadline.isPast() && System.nanoTime() - most < 0) {
      Thread.onSpinWait();
    }
    assertThat(deadline.isPast()).isTrue();
  }
}
