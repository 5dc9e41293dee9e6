package dev.tsuku.llm.daemon.exit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatchdogTest {

  @Test
  void it_acts_when_the_budget_is_over_and_not_before_a_stop_is_requested()
      throws InterruptedException {
    CountDownLatch requested = new CountDownLatch(1);
    CountDownLatch acted = new CountDownLatch(1);
    Watchdog.start(() -> await(requested), Duration.ofMillis(50), acted::countDown);
    assertThat(acted.await(200, TimeUnit.MILLISECONDS)).isFalse();
    long before = System.nanoTime();
    requested.countDown();
    assertThat(acted.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isGreaterThanOrEqualTo(Duration.ofMillis(50));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
