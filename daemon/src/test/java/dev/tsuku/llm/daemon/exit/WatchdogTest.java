package dev.tsuku.llm.daemon.exit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatchdogTest {

  @Test
  void it_acts_when_the_budget_is_over() throws InterruptedException {
    CountDownLatch acted = new CountDownLatch(1);
    Watchdog.arm(Duration.ofMillis(10), acted::countDown);
    assertThat(acted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void it_does_not_act_once_disarmed() throws InterruptedException {
    CountDownLatch acted = new CountDownLatch(1);
    Watchdog watchdog = Watchdog.arm(Duration.ofMillis(200), acted::countDown);
    watchdog.disarm();
    assertThat(acted.await(400, TimeUnit.MILLISECONDS)).isFalse();
  }
}
