package dev.tsuku.llm.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class LeakCheckTest {

  private final CountDownLatch end = new CountDownLatch(1);

  private void await() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void a_thread_that_stays_is_named() throws InterruptedException {
    Set<Thread> before = LeakCheck.holdingThreads();
    Thread left = Thread.ofPlatform().name("left behind").start(this::await);

    assertThatThrownBy(() -> LeakCheck.requireNoneSince(before, Duration.ofMillis(20)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("'left behind'");

    end.countDown();
    left.join();
  }

  @Test
  void a_thread_that_was_there_before_does_not_count() throws InterruptedException {
    Thread early = Thread.ofPlatform().start(this::await);
    Set<Thread> before = LeakCheck.holdingThreads();

    assertThatCode(() -> LeakCheck.requireNoneSince(before, Duration.ofMillis(20)))
        .doesNotThrowAnyException();

    end.countDown();
    early.join();
  }

  @Test
  void a_thread_that_ends_in_time_does_not_count() {
    Set<Thread> before = LeakCheck.holdingThreads();
    Thread.ofPlatform().start(this::await);
    Thread.ofPlatform().daemon().start(end::countDown);

    assertThatCode(() -> LeakCheck.requireNoneSince(before, Duration.ofSeconds(10)))
        .doesNotThrowAnyException();
  }

  @Test
  void a_daemon_thread_does_not_count() {
    Set<Thread> before = LeakCheck.holdingThreads();
    Thread.ofPlatform().daemon().start(this::await);

    assertThatCode(() -> LeakCheck.requireNoneSince(before, Duration.ofMillis(20)))
        .doesNotThrowAnyException();
    end.countDown();
  }
}
