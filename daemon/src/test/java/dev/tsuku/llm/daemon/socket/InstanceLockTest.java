package dev.tsuku.llm.daemon.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
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

  private Path socket() {
    return home.resolve("llm.sock");
  }

  @Test
  void a_second_lock_is_refused_with_the_way_to_the_first() throws IOException {
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      assertThat(lock.holds()).isTrue();
      assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), NO_PAUSE))
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
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      Files.setLastModifiedTime(path(), FileTime.from(Instant.EPOCH));
      assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), NO_PAUSE))
          .hasMessageContaining("already running")
          .hasMessageNotContaining("pid");
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void java_locks_would_not_be_seen_but_this_one_is_seen_by_flock() throws Exception {
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      Process probe = new ProcessBuilder("flock", "-n", path().toString(), "true").start();
      assertThat(probe.waitFor()).isEqualTo(1);
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void a_lock_file_left_behind_is_taken_over() throws IOException {
    Files.writeString(path(), "99999999\n");
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      assertThat(lock.holds()).isTrue();
    }
  }

  @Test
  void a_lock_held_for_an_instant_is_waited_for() throws IOException {
    int probe = Posix.open(path());
    assertThat(Posix.tryLock(probe)).isTrue();
    AtomicInteger tries = new AtomicInteger();
    try (InstanceLock lock =
        InstanceLock.acquire(
            path(),
            socket(),
            duration -> {
              if (tries.incrementAndGet() == 3) {
                Posix.close(probe);
              }
              return false;
            })) {
      assertThat(lock.holds()).isTrue();
      assertThat(tries).hasValue(3);
    }
  }

  @Test
  void a_daemon_that_runs_is_not_waited_for() throws IOException {
    AtomicInteger waits = new AtomicInteger();
    try (InstanceLock held = InstanceLock.acquire(path(), socket(), NO_PAUSE);
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket()));
      assertThatThrownBy(
              () ->
                  InstanceLock.acquire(
                      path(),
                      socket(),
                      duration -> {
                        if (duration.isPositive()) {
                          waits.incrementAndGet();
                        }
                        return false;
                      }))
          .hasMessageContaining("already running");
      assertThat(held.holds()).isTrue();
    }
    assertThat(waits).hasValue(0);
  }

  @Test
  void a_daemon_that_is_about_to_end_is_waited_for_although_it_listens() throws IOException {
    InstanceLock ending = InstanceLock.acquire(path(), socket(), NO_PAUSE);
    AtomicInteger waits = new AtomicInteger();
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket()));
      ending.announceEnd();
      try (InstanceLock lock =
          InstanceLock.acquire(
              path(),
              socket(),
              duration -> {
                if (waits.incrementAndGet() == 3) {
                  close(ending);
                }
                return false;
              })) {
        assertThat(lock.holds()).isTrue();
      }
    }
    assertThat(waits).hasValue(3);
  }

  @Test
  void a_client_that_probes_is_waited_for_although_the_file_names_a_living_process()
      throws Exception {
    Files.writeString(path(), ProcessHandle.current().pid() + "\n");
    Process probe = new ProcessBuilder("flock", path().toString(), "cat").start();
    while (!LockProbe.isHeld(path())) {
      assertThat(probe.isAlive()).isTrue();
    }
    AtomicInteger waits = new AtomicInteger();
    try (InstanceLock lock =
        InstanceLock.acquire(
            path(),
            socket(),
            duration -> {
              if (waits.incrementAndGet() == 3) {
                end(probe);
              }
              return false;
            })) {
      assertThat(lock.holds()).isTrue();
    }
    assertThat(waits).hasValueGreaterThanOrEqualTo(3);
  }

  /** Whether somebody holds the lock on a file. */
  private static final class LockProbe {

    static boolean isHeld(Path path) throws IOException {
      int fd = Posix.open(path);
      try {
        return !Posix.tryLock(fd);
      } finally {
        Posix.close(fd);
      }
    }
  }

  /** It ends with its input. */
  private static void end(Process process) {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void the_process_id_goes_into_the_locked_file_and_no_other() throws IOException {
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      assertThat(path()).hasContent(Long.toString(ProcessHandle.current().pid()));
      Files.move(path(), home.resolve("moved"));
      Files.writeString(path(), "another's, and longer than a number is");
      lock.announceEnd();
      assertThat(path()).hasContent("another's, and longer than a number is");
      assertThat(home.resolve("moved")).hasContent(ProcessHandle.current().pid() + "\nending");
    }
  }

  @Test
  void a_shorter_number_leaves_nothing_of_a_longer_one() throws IOException {
    Files.writeString(path(), "99999999999999\nending\n");
    try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      assertThat(lock.holds()).isTrue();
      assertThat(path()).hasContent(Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void another_users_file_is_refused_by_name() throws IOException {
    Files.writeString(path(), "");
    assumeTrue(PosixProcess.userId() == 0, "only root can give a file away");
    Files.setAttribute(path(), "unix:uid", 65534);
    assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), NO_PAUSE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(path().toString())
        .hasMessageContaining("it belongs to user");
    assertThat(path()).exists();
  }

  @Test
  void a_stop_ends_the_waiting() throws IOException {
    try (InstanceLock held = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
      assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), duration -> true))
          .isInstanceOfSatisfying(
              StartException.class,
              e -> assertThat(e.kind()).isEqualTo(StartException.Kind.INTERRUPTED));
      assertThat(held.holds()).isTrue();
    }
  }

  @Test
  void a_lock_whose_file_was_removed_no_longer_holds_and_leaves_the_successor_alone()
      throws IOException {
    InstanceLock old = InstanceLock.acquire(path(), socket(), NO_PAUSE);
    Files.delete(path());
    assertThat(old.holds()).isFalse();
    try (InstanceLock successor = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
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
            try (InstanceLock lock = InstanceLock.acquire(path(), socket(), NO_PAUSE)) {
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
    assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), NO_PAUSE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(path().toString())
        .hasMessageContaining("symbolic link");
    Files.delete(path());
    Files.createDirectory(path());
    assertThatThrownBy(() -> InstanceLock.acquire(path(), socket(), NO_PAUSE))
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
