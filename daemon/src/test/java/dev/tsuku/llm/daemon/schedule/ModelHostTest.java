package dev.tsuku.llm.daemon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.schedule.ModelStatus.State;
import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.models.ModelFile;
import dev.tsuku.llm.models.ModelStore;
import dev.tsuku.llm.testkit.LeakCheck;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Real files and real engines around a model that computes nothing; loading is in the test's hand.
 */
@Timeout(60)
@ExtendWith(LeakCheck.class)
class ModelHostTest {

  private static final Optional<String> A = Optional.of("a");
  private static final Optional<String> B = Optional.of("b");

  @RegisterExtension final ShortDirectory models = new ShortDirectory();

  /** What was loaded and closed, in order. */
  private final List<String> events = new CopyOnWriteArrayList<>();

  /** A load of this model waits for the latch, unless it is cancelled. */
  private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

  private final Map<String, CountDownLatch> begun = new ConcurrentHashMap<>();
  private final Map<String, String> failing = new ConcurrentHashMap<>();

  /** How many engines of this model die as soon as they are open. */
  private final Map<String, Integer> dying = new ConcurrentHashMap<>();

  @BeforeEach
  void writeModels() {
    TinyGguf.saying("hi").writeTo(models.resolve("a.gguf"));
    TinyGguf.saying("ho").writeTo(models.resolve("b.gguf"));
  }

  private ModelHost host(Optional<String> preferred) {
    return new ModelHost(new ModelStore(models.path()), this::load, preferred);
  }

  private Engine load(ModelFile file, LoadMonitor monitor) {
    String name = file.name();
    events.add("load " + name);
    begun.computeIfAbsent(name, key -> new CountDownLatch(1)).countDown();
    CountDownLatch latch = held.get(name);
    while (latch != null && latch.getCount() > 0) {
      if (!monitor.onProgress(0.5f)) {
        events.add("cancel " + name);
        throw new BackendException(BackendException.Kind.LOAD_CANCELLED, "cancelled");
      }
      Thread.onSpinWait();
    }
    String failure = failing.get(name);
    if (failure != null) {
      throw new BackendException(BackendException.Kind.LOAD_FAILED, failure);
    }
    boolean dies = dying.getOrDefault(name, 0) > 0;
    dying.computeIfPresent(name, (key, times) -> times - 1);
    return Engine.open(
        new IdleModel(() -> events.add("close " + name), dies), EngineSettings.defaults());
  }

  private void awaitBegun(String name) throws InterruptedException {
    assertThat(
            begun.computeIfAbsent(name, key -> new CountDownLatch(1)).await(20, TimeUnit.SECONDS))
        .isTrue();
  }

  private static CompletableFuture<Lease> acquireLater(
      ModelHost host, Optional<String> model, Cancellation cancellation) {
    return acquireLater(host, model, cancellation, new ArrayBlockingQueue<>(1000));
  }

  private static CompletableFuture<Lease> acquireLater(
      ModelHost host,
      Optional<String> model,
      Cancellation cancellation,
      BlockingQueue<Waiting> told) {
    CompletableFuture<Lease> lease = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                lease.complete(host.acquire(model, cancellation, told::add));
              } catch (RuntimeException e) {
                lease.completeExceptionally(e);
              }
            });
    return lease;
  }

  @Test
  void a_model_is_loaded_once_and_stays_for_the_next_request() {
    try (ModelHost host = host(A)) {
      host.acquire(A, new Cancellation()).close();
      try (Lease lease = host.acquire(A, new Cancellation())) {
        assertThat(lease.model()).isEqualTo("a");
      }
      assertThat(host.status().state()).isEqualTo(State.LOADED);
    }
    assertThat(events).containsExactly("load a", "close a");
  }

  @Test
  void another_model_waits_until_nothing_is_in_flight_and_then_takes_the_place() throws Exception {
    try (ModelHost host = host(Optional.empty())) {
      Lease first = host.acquire(A, new Cancellation());
      CompletableFuture<Lease> second = acquireLater(host, B, new Cancellation());
      assertThatThrownBy(() -> second.get(100, TimeUnit.MILLISECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      first.close();
      try (Lease lease = second.get(20, TimeUnit.SECONDS)) {
        assertThat(lease.model()).isEqualTo("b");
      }
    }
    assertThat(events).containsExactly("load a", "close a", "load b", "close b");
  }

  @Test
  void who_comes_later_does_not_overtake_a_request_for_another_model() throws Exception {
    try (ModelHost host = host(Optional.empty())) {
      Lease first = host.acquire(A, new Cancellation());
      CompletableFuture<Lease> second = acquireLater(host, B, new Cancellation());
      while (host.waiting() < 1) {
        Thread.onSpinWait();
      }
      CompletableFuture<Lease> third = acquireLater(host, A, new Cancellation());
      while (host.waiting() < 2) {
        Thread.onSpinWait();
      }
      assertThat(third).isNotDone();
      first.close();
      second.get(20, TimeUnit.SECONDS).close();
      third.get(20, TimeUnit.SECONDS).close();
    }
    assertThat(events).containsSubsequence("load a", "load b", "load a");
  }

  @Test
  void whoever_waits_is_told_how_far_the_load_is_and_how_many_are_before() throws Exception {
    long bytes = Files.size(models.resolve("b.gguf"));
    held.put("b", new CountDownLatch(1));
    try (ModelHost host = host(Optional.empty())) {
      Lease first = host.acquire(A, new Cancellation());
      BlockingQueue<Waiting> told = new ArrayBlockingQueue<>(1000);
      CompletableFuture<Lease> second = acquireLater(host, B, new Cancellation(), told);
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new Waiting.InLine(1));
      first.close();
      Waiting news = told.poll(20, TimeUnit.SECONDS);
      if (news instanceof Waiting.Loading(long done, long total) && done == 0) {
        assertThat(total).isEqualTo(bytes);
        news = told.poll(20, TimeUnit.SECONDS);
      }
      assertThat(news).isEqualTo(new Waiting.Loading(bytes / 2, bytes));
      held.get("b").countDown();
      second.get(20, TimeUnit.SECONDS).close();
      assertThat(told).isEmpty();
      BlockingQueue<Waiting> none = new ArrayBlockingQueue<>(1000);
      acquireLater(host, B, new Cancellation(), none).get(20, TimeUnit.SECONDS).close();
      assertThat(none).as("what is in memory need not be waited for").isEmpty();
    }
  }

  @Test
  void a_load_that_nobody_waits_for_any_more_is_cancelled() throws Exception {
    held.put("a", new CountDownLatch(1));
    try (ModelHost host = host(Optional.empty())) {
      Cancellation cancellation = new Cancellation();
      CompletableFuture<Lease> lease = acquireLater(host, A, cancellation);
      awaitBegun("a");
      cancellation.cancel(Cancellation.Cause.CALLER_GONE);
      assertThatThrownBy(() -> lease.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ScheduleException.class);
      host.acquire(B, new Cancellation()).close();
    }
    assertThat(events).containsExactly("load a", "cancel a", "load b", "close b");
  }

  @Test
  void a_load_begun_unasked_gives_way_to_a_request_for_another_model() throws Exception {
    held.put("a", new CountDownLatch(1));
    try (ModelHost host = host(A)) {
      host.preload();
      awaitBegun("a");
      assertThat(host.status().state()).isEqualTo(State.LOADING);
      host.acquire(B, new Cancellation()).close();
    }
    assertThat(events).startsWith("load a", "cancel a", "load b");
  }

  @Test
  void a_request_without_a_name_gets_the_preferred_model() {
    try (ModelHost host = host(B)) {
      try (Lease lease = host.acquire(Optional.empty(), new Cancellation())) {
        assertThat(lease.model()).isEqualTo("b");
      }
    }
  }

  @Test
  void a_request_without_a_name_uses_what_is_at_hand_when_nothing_is_installed()
      throws IOException {
    Path elsewhere = Files.createDirectory(models.resolve("elsewhere"));
    Path file = TinyGguf.saying("hey").writeTo(elsewhere.resolve("c.gguf"));
    ModelStore empty = new ModelStore(models.resolve("none"));
    try (ModelHost host = new ModelHost(empty, this::load, Optional.empty())) {
      assertThatThrownBy(() -> host.acquire(Optional.empty(), new Cancellation()))
          .isInstanceOf(ModelException.class);
      host.acquire(Optional.of(file.toString()), new Cancellation()).close();
      try (Lease lease = host.acquire(Optional.empty(), new Cancellation())) {
        assertThat(lease.model()).isEqualTo("c");
      }
    }
  }

  @Test
  void a_failed_load_fails_its_requests_and_the_next_one_tries_anew() {
    failing.put("a", "no memory");
    try (ModelHost host = host(A)) {
      assertThatThrownBy(() -> host.acquire(A, new Cancellation()))
          .isInstanceOf(BackendException.class)
          .hasMessage("no memory");
      assertThat(host.status().state()).isEqualTo(State.MISSING);
      assertThat(host.status().problem()).isEqualTo("no memory");
      failing.clear();
      host.acquire(A, new Cancellation()).close();
      assertThat(host.status().state()).isEqualTo(State.LOADED);
    }
  }

  @Test
  void a_model_that_was_replaced_on_disk_is_loaded_anew() {
    try (ModelHost host = host(Optional.empty())) {
      host.acquire(A, new Cancellation()).close();
      TinyGguf.saying("something longer than before").writeTo(models.resolve("a.gguf"));
      host.acquire(A, new Cancellation()).close();
    }
    assertThat(events).containsExactly("load a", "close a", "load a", "close a");
  }

  @Test
  void closing_cancels_a_load_and_refuses_who_waits() throws Exception {
    held.put("a", new CountDownLatch(1));
    ModelHost host = host(Optional.empty());
    CompletableFuture<Lease> lease = acquireLater(host, A, new Cancellation());
    awaitBegun("a");
    host.close();
    assertThatThrownBy(() -> lease.get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(ScheduleException.class)
        .hasMessageContaining("server is shutting down");
    assertThat(events).containsExactly("load a", "cancel a");
  }

  @Test
  void the_status_tells_of_a_model_on_disk_and_of_none() throws IOException {
    try (ModelHost host = host(A)) {
      assertThat(host.status().state()).isEqualTo(State.ON_DISK);
      assertThat(host.status().name()).isEqualTo("a");
      assertThat(host.status().sizeBytes()).isEqualTo(Files.size(models.resolve("a.gguf")));
    }
    try (ModelHost host = host(Optional.of("unknown"))) {
      assertThat(host.status().state()).isEqualTo(State.MISSING);
      assertThat(host.status().problem()).contains("unknown");
    }
  }

  @Test
  void the_status_is_that_of_a_request_without_a_name_whatever_is_in_memory() throws Exception {
    try (ModelHost host = host(Optional.of("unknown"))) {
      host.acquire(A, new Cancellation()).close();
      assertThat(host.status().state()).isEqualTo(State.MISSING);
      assertThat(host.status().name()).isEmpty();
      assertThat(host.status().problem()).contains("unknown");
      assertThat(host.status().inMemory()).isEqualTo("a");
    }
    held.put("a", new CountDownLatch(1));
    begun.clear();
    try (ModelHost host = host(B)) {
      assertThat(host.status().inMemory()).isEmpty();
      Cancellation cancellation = new Cancellation();
      CompletableFuture<Lease> lease = acquireLater(host, A, cancellation);
      awaitBegun("a");
      assertThat(host.status().state()).isEqualTo(State.ON_DISK);
      assertThat(host.status().name()).isEqualTo("b");
      assertThat(host.status().sizeBytes()).isEqualTo(Files.size(models.resolve("b.gguf")));
      assertThat(host.status().inMemory()).isEqualTo("a");
      cancellation.cancel(Cancellation.Cause.CALLER_GONE);
      assertThat(lease).failsWithin(20, TimeUnit.SECONDS);
    }
  }

  private static void awaitDeath(Engine engine) {
    while (engine.isAlive()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void an_engine_that_died_is_not_in_memory_and_the_next_request_loads_anew() {
    dying.put("a", 1);
    try (ModelHost host = host(A)) {
      try (Lease lease = host.acquire(A, new Cancellation())) {
        awaitDeath(lease.engine());
      }
      assertThat(host.status().state()).isEqualTo(State.ON_DISK);
      try (Lease lease = host.acquire(A, new Cancellation())) {
        assertThat(lease.engine().isAlive()).isTrue();
      }
      assertThat(host.status().state()).isEqualTo(State.LOADED);
    }
    assertThat(events).containsExactly("load a", "close a", "load a", "close a");
  }

  @Test
  void an_engine_that_always_dies_is_loaded_once_a_request() {
    dying.put("a", 2);
    try (ModelHost host = host(A)) {
      for (int i = 0; i < 2; i++) {
        try (Lease lease = host.acquire(A, new Cancellation())) {
          awaitDeath(lease.engine());
        }
      }
    }
    assertThat(events).containsExactly("load a", "close a", "load a", "close a");
  }

  @Test
  void without_a_thread_to_load_on_the_request_fails_and_the_old_model_stays() {
    AtomicBoolean full = new AtomicBoolean();
    ThreadFactory threads = task -> full.get() ? new Unstartable(task) : new Thread(task);
    ModelStore store = new ModelStore(models.path());
    try (ModelHost host = new ModelHost(store, this::load, A, threads)) {
      host.acquire(A, new Cancellation()).close();
      full.set(true);
      assertThatThrownBy(() -> host.acquire(B, new Cancellation()))
          .isInstanceOf(BackendException.class)
          .hasMessageContainingAll("b.gguf", "processes and threads", "ulimit -u");
      assertThat(host.status().state()).isEqualTo(State.LOADED);
      host.acquire(A, new Cancellation()).close();
      full.set(false);
      host.acquire(B, new Cancellation()).close();
    }
    assertThat(events).containsExactly("load a", "close a", "load b", "close b");
  }

  /** A thread that the system has no room for. */
  private static final class Unstartable extends Thread {

    Unstartable(Runnable task) {
      super(task);
    }

    @Override
    public void start() {
      throw new OutOfMemoryError("unable to create native thread");
    }
  }

  /** A host of a machine with memory for so many models. */
  private ModelHost roomy(int most) {
    ModelLoader loader =
        new ModelLoader() {
          @Override
          public Engine load(ModelFile file, LoadMonitor monitor) {
            return ModelHostTest.this.load(file, monitor);
          }

          @Override
          public boolean fitsBeside(ModelFile file, List<ModelFile> others) {
            return others.size() < most;
          }

          @Override
          public void resumed(ModelFile file) {
            events.add("resume " + file.name());
          }

          @Override
          public void unloaded(ModelFile file) {
            events.add("unload " + file.name());
          }
        };
    return new ModelHost(new ModelStore(models.path()), loader, A);
  }

  private static void use(ModelHost host, Optional<String> model) {
    try (Lease lease = host.acquire(model, new Cancellation())) {
      assertThat(lease.model()).isEqualTo(model.orElseThrow());
      assertThat(host.inMemory()).isEqualTo(model.orElseThrow());
    }
  }

  @Test
  void models_that_fit_beside_each_other_stay_in_memory() {
    try (ModelHost host = roomy(2)) {
      use(host, A);
      use(host, B);
      assertThat(host.status().state()).as("of a, which stays").isEqualTo(State.LOADED);
      use(host, A);
      use(host, B);
      assertThat(events).containsExactly("load a", "load b", "resume a", "resume b");
    }
    assertThat(events).as("at the end").contains("close a", "close b");
  }

  @Test
  void what_was_of_no_use_for_longest_makes_room() {
    TinyGguf.saying("hu").writeTo(models.resolve("c.gguf"));
    try (ModelHost host = roomy(2)) {
      use(host, A);
      use(host, B);
      use(host, A);
      use(host, Optional.of("c"));
      assertThat(events)
          .containsExactly("load a", "load b", "resume a", "close b", "unload b", "load c");
      use(host, A);
      assertThat(events).endsWith("load c", "resume a");
    }
  }

  @Test
  void a_model_in_memory_waits_for_requests_of_the_active_one() throws Exception {
    try (ModelHost host = roomy(2)) {
      use(host, B);
      Lease first = host.acquire(A, new Cancellation());
      CompletableFuture<Lease> other = acquireLater(host, B, new Cancellation());
      assertThat(other).isNotCompleted();
      first.close();
      other.get(20, TimeUnit.SECONDS).close();
      assertThat(events).containsExactly("load b", "load a", "resume b");
    }
  }

  @Test
  void a_load_that_fails_beside_others_is_tried_alone() {
    try (ModelHost host = roomy(2)) {
      use(host, A);
      failing.put("b", "no memory");
      assertThatThrownBy(() -> host.acquire(B, new Cancellation())).hasMessage("no memory");
      assertThat(events).containsExactly("load a", "load b", "close a", "unload a", "load b");
      failing.clear();
      use(host, A);
      assertThat(events).endsWith("load b", "load a");
    }
  }

  @Test
  void a_changed_file_takes_the_place_of_what_was_loaded_of_it() throws IOException {
    try (ModelHost host = roomy(2)) {
      use(host, A);
      use(host, B);
      Files.delete(models.resolve("a.gguf"));
      TinyGguf.saying("something else").writeTo(models.resolve("a.gguf"));
      use(host, A);
      assertThat(events).containsExactly("load a", "load b", "close a", "unload a", "load a");
    }
  }

  @Test
  void an_engine_that_died_while_another_was_active_is_loaded_anew() {
    dying.put("a", 1);
    try (ModelHost host = roomy(2)) {
      host.acquire(A, new Cancellation()).close();
      use(host, B);
      use(host, A);
      assertThat(events).startsWith("load a").endsWith("load a");
      assertThat(events).doesNotContain("resume a");
    }
  }
}
