package dev.tsuku.llm.daemon.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With the real {@code flock}. Within one process two descriptors exclude each other as well. */
@Timeout(60)
class InstanceLockTest {

  /** Tries again at once: these tests are not about the length of patience. */
  private static final InstanceLock.Pause NO_PAUSE =
      duration -> {
        Thread.onSpinWait();
        return false;
      };

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private Path path() {
    return home.resolve("llm.sock.lock");
  }

  @Test
  void a_second_lock_is_refused_with_the_way_to_the_first() throws IOException {
    try (InstanceLock lock = InstanceLock.acquire(path(), NO_PAUSE)) {
      assertThat(lock.holds()).isTrue();
      assertThatThrownBy(() -> InstanceLock.acquire(path(), NO_PAUSE))
          .isInstanceOfSatisfying(
              StartException.class,
              e -> assertThat(e.kind()).isEqualTo(StartException.Kind.ALREADY_RUNNING))
          .hasMessageContaining("already running")
          .hasMessageContaining("(pid " + ProcessHandle.current().pid() + ", since 20")
          .hasMessageContaining("tsuku-llm stop");
    }
    assertThat(path()).doesNotExist();
  }

  @Test
  void a_number_that_a_later_process_was_given_is_not_named() throws IOException {
    try (InstanceLock lock = InstanceLock.acquire(path(), NO_PAUSE)) {
      Files.setLastModifiedTime(path(), FileTime.from(Instant.EPOCH));
      assertThatThrownBy(() -> InstanceLock.acquire(path(), NO_PAUSE))
          .hasMessageContaining("already running")
          .hasMessageNotContaining("pid");
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void java_locks_would_not_be_seen_but_this_one_is_seen_by_flock() throws Exception {
    try (InstanceLock lock = InstanceLock.acquire(path(), NO_PAUSE)) {
      Process probe = new ProcessBuilder("flock", "-n", path().toString(), "true").start();
      assertThat(probe.waitFor()).isEqualTo(1);
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void a_lock_file_left_behind_is_taken_over() throws IOException {
    Files.writeString(path(), "99999999\n");
    try (InstanceLock lock = InstanceLock.acquire(path(), NO_PAUSE)) {
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void a_lock_held_for_an_instant_is_waited_for() throws IOException {
    InstanceLock probe = InstanceLock.acquire(path(), NO_PAUSE);
    AtomicInteger tries = new AtomicInteger();
    try (InstanceLock lock =
        InstanceLock.acquire(
            path(),
            duration -> {
              if (tries.incrementAndGet() == 3) {
                close(probe);
              }
              return false;
            })) {
      assertThat(lock.holds()).isTrue();
      assertThat(tries).hasValue(3);
    }
  }

  @Test
  void a_stop_ends_the_waiting() throws IOException {
    try (InstanceLock held = InstanceLock.acquire(path(), NO_PAUSE)) {
      assertThatThrownBy(() -> InstanceLock.acquire(path(), duration -> true))
          .isInstanceOfSatisfying(
              StartException.class,
              e -> assertThat(e.kind()).isEqualTo(StartException.Kind.INTERRUPTED));
      assertThat(held.holds()).isTrue();
    }
  }

  @Test
  void a_lock_whose_file_was_removed_no_longer_holds_and_leaves_the_successor_alone()
      throws IOException {
    InstanceLock old = InstanceLock.acquire(path(), NO_PAUSE);
    Files.delete(path());
    assertThat(old.holds()).isFalse();
    try (InstanceLock successor = InstanceLock.acquire(path(), NO_PAUSE)) {
      old.close();
      assertThat(successor.holds()).isTrue();
    }
  }

  @Test
  void many_takers_never_hold_it_together() throws InterruptedException {
    AtomicBoolean taken = new AtomicBoolean();
    AtomicInteger overlaps = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    Runnable taker =
        () -> {
          while (turns.get() < 400) {
            try (InstanceLock lock = InstanceLock.acquire(path(), NO_PAUSE)) {
              if (!taken.compareAndSet(false, true)) {
                overlaps.incrementAndGet();
              }
              turns.incrementAndGet();
              taken.set(false);
              assertThat(lock).isNotNull();
            } catch (StartException e) {
              // Unlucky for a whole second; the others went on meanwhile.
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
    Thread[] takers = new Thread[4];
    for (int i = 0; i < takers.length; i++) {
      takers[i] = Thread.ofPlatform().start(taker);
    }
    for (Thread thread : takers) {
      thread.join();
    }
    assertThat(overlaps).hasValue(0);
  }

  @Test
  void a_link_or_a_directory_in_its_place_is_refused_by_name() throws IOException {
    Files.createSymbolicLink(path(), home.resolve("elsewhere"));
    assertThatThrownBy(() -> InstanceLock.acquire(path(), NO_PAUSE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(path().toString())
        .hasMessageContaining("symbolic link");
    Files.delete(path());
    Files.createDirectory(path());
    assertThatThrownBy(() -> InstanceLock.acquire(path(), NO_PAUSE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("directory");
  }

  private static void close(InstanceLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
