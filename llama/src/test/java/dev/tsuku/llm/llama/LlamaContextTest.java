package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.KvCacheType;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.backend.SequenceState;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyVocabulary;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingLeftOpen.class)
@SuppressWarnings("NullAway.Init")
class LlamaContextTest {

  private LlamaModel model;
  private LlamaContext context;

  @BeforeEach
  void open() {
    model = Native.backend().load(Native.stories(), LoadMonitor.NONE);
    context = model.open(Story.SETTINGS);
  }

  @AfterEach
  void close() {
    if (model != null) {
      context.close();
      model.close();
    }
  }

  @Test
  void the_likeliest_story_is_the_known_one() {
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    assertThat(Story.tell(model, context, 0, next, 200)).startsWith(Story.CONTINUATION);
  }

  @Test
  void with_more_threads_than_cores_fewer_compute_and_the_story_is_the_same() {
    int cores = Runtime.getRuntime().availableProcessors();
    ContextSettings crowded =
        new ContextSettings(
            new ContextShape(1, 256), 64, 32, ComputeThreads.upTo(2 * cores), KvCacheType.F16);
    int[] prompt = Story.prompt(model.vocabulary());
    String story = Story.tell(model, context, 0, Story.read(context, 0, prompt), 200);
    try (LlamaContext many = model.open(crowded)) {
      for (int round = 0; round < 2; round++) {
        many.remove(0, 0, BackendContext.END);
        int next = Story.read(many, 0, prompt);
        assertThat(Story.tell(model, many, 0, next, 200)).isEqualTo(story);
      }
      assertThat(many.computeThreads()).isLessThan(2 * cores);
    }
  }

  @Test
  void a_prompt_read_in_pieces_gives_the_same_story() {
    int[] prompt = Story.prompt(model.vocabulary());
    int next = 0;
    for (int token : prompt) {
      next = Story.read(context, 0, token);
    }
    assertThat(Story.tell(model, context, 0, next, 20)).isEqualTo(firstWords(20));
  }

  /** A copy of little passes through a state, one of much copies the whole stream. */
  @ParameterizedTest
  @ValueSource(ints = {0, 150})
  void a_copied_start_goes_on_alike_and_on_its_own(int more) {
    int[] prompt = Story.prompt(model.vocabulary());
    int next = Story.read(context, 0, prompt);
    Story.tell(model, context, 0, next, 5 + more);
    Story.read(context, 3, 1, 5, 7);
    assertThat(context.copyStart(0, 3, prompt.length)).isTrue();
    assertThat(context.lastPosition(3)).isEqualTo(prompt.length - 1);
    assertThat(context.lastPosition(0)).isGreaterThan(prompt.length - 1);
    context.remove(0, prompt.length, BackendContext.END);
    String first = Story.tell(model, context, 0, next, 20);
    assertThat(Story.tell(model, context, 3, next, 20)).isEqualTo(first);
  }

  @Test
  void a_state_whose_keys_depend_on_the_room_is_neither_kept_nor_moved_but_copied(
      @TempDir Path directory) {
    Path file =
        TinyGguf.random(TinyVocabulary.bytes())
            .withNumber("llama.rope.scaling.original_context_length", 64)
            .writeTo(directory.resolve("scaled.gguf"));
    try (LlamaModel scaled = Native.backend().load(file, LoadMonitor.NONE);
        LlamaContext room = scaled.open(Story.SETTINGS)) {
      int next = Story.read(room, 0, 1, 5, 7);
      assertThatThrownBy(() -> room.state(0))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("depends on the room");
      assertThat(room.copyStart(0, 1, 3)).isTrue();
      assertThat(Story.tell(scaled, room, 1, next, 10))
          .isEqualTo(Story.tell(scaled, room, 0, next, 10));
    }
  }

  @Test
  void what_is_about_to_be_copied_is_not_replaced_before() {
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    Story.tell(model, context, 0, next, 150);
    try (SequenceState state = context.state(0);
        SequenceBuilder builder = context.build(0, state.tokens())) {
      builder.add(ByteBuffer.wrap(state.block(0, state.tokens())));
      context.copyStart(0, 2, 100);
      int last = context.lastPosition(0);
      for (ThrowingCallable early :
          List.<ThrowingCallable>of(builder::finish, () -> context.state(2))) {
        assertThatThrownBy(early)
            .isInstanceOfSatisfying(
                BackendException.class,
                e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.STATE_PENDING));
      }
      assertThat(context.lastPosition(0)).isEqualTo(last);
    }
    Story.read(context, 2, 5);
    context.state(2).close();
  }

  @Test
  void what_was_removed_can_be_told_again() {
    int[] prompt = Story.prompt(model.vocabulary());
    int next = Story.read(context, 0, prompt);
    String once = Story.tell(model, context, 0, next, 20);
    assertThat(context.remove(0, prompt.length, BackendContext.END)).isTrue();
    assertThat(context.lastPosition(0)).isEqualTo(prompt.length - 1);
    assertThat(Story.tell(model, context, 0, next, 20)).isEqualTo(once);
  }

  @Test
  void a_sequence_that_is_put_together_from_blocks_goes_on_alike() {
    int[] prompt = Story.prompt(model.vocabulary());
    int next = Story.read(context, 0, prompt);
    List<byte[]> blocks = new ArrayList<>();
    try (SequenceState state = context.state(0)) {
      assertThat(state.tokens()).isEqualTo(prompt.length);
      for (int i = 0; i < prompt.length; i += 2) {
        blocks.add(state.block(i, Math.min(i + 2, prompt.length)));
      }
    }
    String once = Story.tell(model, context, 0, next, 20);
    for (int target : new int[] {2, 0}) {
      // With room for more than there is, as where the last blocks cannot be had.
      for (int most : new int[] {prompt.length, prompt.length + 10}) {
        try (SequenceBuilder builder = context.build(target, most)) {
          blocks.forEach(block -> builder.add(ByteBuffer.wrap(block)));
          assertThat(builder.tokens()).isEqualTo(prompt.length);
          builder.finish();
        }
        assertThat(Story.tell(model, context, target, next, 20)).isEqualTo(once);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(KvCacheType.class)
  void keys_and_values_of_every_type_are_kept_and_copied(KvCacheType type) {
    try (LlamaModel real =
            Native.backend()
                .load(Native.shared("models/SmolLM2-135M-Instruct.Q4_1.gguf"), LoadMonitor.NONE);
        LlamaContext kept = real.open(withType(type))) {
      assertThat(kept.stateForm()).contains(type.name().toLowerCase(Locale.ROOT));
      int[] prompt =
          real.vocabulary().tokenize("The capital of France is", SpecialTokens.TEXT, true);
      int next = Story.read(kept, 0, prompt);
      byte[] block;
      try (SequenceState state = kept.state(0)) {
        block = state.block(0, prompt.length);
      }
      try (SequenceBuilder builder = kept.build(1, prompt.length)) {
        builder.add(ByteBuffer.wrap(block));
        builder.finish();
      }
      assertThat(kept.copyStart(0, 2, prompt.length)).isTrue();
      String story = Story.tell(real, kept, 0, next, 20);
      assertThat(story).contains("Paris");
      assertThat(Story.tell(real, kept, 1, next, 20)).isEqualTo(story);
      assertThat(Story.tell(real, kept, 2, next, 20)).isEqualTo(story);
    }
  }

  private static ContextSettings withType(KvCacheType type) {
    return new ContextSettings(new ContextShape(3, 256), 64, 32, ComputeThreads.fixed(1), type);
  }

  @Test
  void a_type_that_does_not_divide_the_heads_is_an_error_with_the_reason() {
    assertThatThrownBy(() -> model.open(withType(KvCacheType.Q8_0)))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("block size");
  }

  @Test
  void blocks_that_are_damaged_or_in_another_order_are_refused_and_those_before_remain() {
    int[] prompt = Story.prompt(model.vocabulary());
    Story.read(context, 0, prompt);
    byte[] first;
    byte[] second;
    try (SequenceState state = context.state(0)) {
      first = state.block(0, 2);
      second = state.block(2, 4);
    }
    Story.read(context, 1, 1, 5);
    try (SequenceBuilder builder = context.build(1, 4)) {
      assertRefused(builder, ByteBuffer.wrap(second));
      builder.add(ByteBuffer.wrap(first));
      assertRefused(builder, ByteBuffer.wrap(first));
      assertRefused(builder, ByteBuffer.wrap(second, 0, second.length - 1));
      assertRefused(builder, ByteBuffer.allocate(second.length + 1).put(second).rewind());
      assertRefused(builder, ByteBuffer.allocate(second.length));
      assertRefused(builder, ByteBuffer.allocate(0));
      assertThat(context.lastPosition(1)).as("nothing happens before all is there").isEqualTo(1);
      builder.finish();
      assertThat(context.lastPosition(1)).isEqualTo(1);
    }
    try (SequenceBuilder none = context.build(1, 4)) {
      assertThatThrownBy(none::finish).isInstanceOf(BackendException.class);
    }
  }

  @Test
  void a_context_that_is_divided_anew_goes_on_with_what_was_saved() {
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    String once = Story.tell(model, context, 0, next, 20);
    context.remove(0, 0, BackendContext.END);
    Story.read(context, 0, Story.prompt(model.vocabulary()));
    try (SequenceState state = context.state(0)) {
      context.reshape(new ContextShape(2, 512));
      assertThat(context.shape()).isEqualTo(new ContextShape(2, 512));
      assertThat(context.lastPosition(1)).isEqualTo(-1);
      assertThatThrownBy(() -> context.lastPosition(2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      try (SequenceBuilder builder = context.build(1, state.tokens())) {
        builder.add(ByteBuffer.wrap(state.block(0, state.tokens())));
        builder.finish();
      }
    }
    assertThat(Story.tell(model, context, 1, next, 20)).isEqualTo(once);
  }

  private static void assertRefused(SequenceBuilder builder, ByteBuffer block) {
    int before = builder.tokens();
    assertThatThrownBy(() -> builder.add(block))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.STATE_REFUSED))
        .hasMessageMatching("The state of a sequence of the model .* cannot be used: .+\\.");
    assertThat(builder.tokens()).isEqualTo(before);
  }

  @Test
  void a_full_context_has_no_room_and_stays_as_it_was() {
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    DecodeOutcome outcome = DecodeOutcome.DONE;
    int before = 0;
    while (outcome == DecodeOutcome.DONE) {
      before = context.lastPosition(0);
      TokenBatch batch = new TokenBatch(64);
      for (int i = 1; i <= 64; i++) {
        batch.add(next, before + i, 0, i == 64);
      }
      outcome = context.decode(batch, AbortSignal.NEVER);
    }
    assertThat(outcome).isEqualTo(DecodeOutcome.NO_ROOM);
    assertThat(context.lastPosition(0)).isEqualTo(before);
    assertThat(before).isBetween(context.shape().tokens() - 64, context.shape().tokens());
  }

  @Test
  void a_raised_signal_ends_a_decode_and_the_context_stays_usable() {
    TokenBatch batch = new TokenBatch(64);
    for (int i = 0; i < 64; i++) {
      batch.add(5, i, 0, i == 63);
    }
    AtomicInteger polls = new AtomicInteger();
    assertThat(context.decode(batch, () -> polls.incrementAndGet() > 10))
        .isEqualTo(DecodeOutcome.ABORTED);
    assertThat(polls.get()).isBetween(11, 200);
    assertThatIllegalStateException().isThrownBy(() -> context.logits(63));
    context.remove(0, 0, BackendContext.END);
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    assertThat(Story.tell(model, context, 0, next, 20)).isEqualTo(firstWords(20));
  }

  @Test
  void what_a_signal_throws_comes_out_of_the_decode() {
    TokenBatch batch = new TokenBatch(1);
    batch.add(5, 0, 0, true);
    assertThatThrownBy(
            () ->
                context.decode(
                    batch,
                    () -> {
                      throw new UnsupportedOperationException("from the signal");
                    }))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("from the signal");
  }

  @Test
  void positions_with_a_gap_are_refused_with_the_reason() {
    Story.read(context, 0, 1, 5);
    TokenBatch batch = new TokenBatch(1);
    batch.add(5, 9, 0, true);
    assertThatThrownBy(() -> context.decode(batch, AbortSignal.NEVER))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.DECODE_FAILED))
        .hasMessageContaining("sequence positions");
  }

  @Test
  void arguments_that_would_end_the_process_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> context.decode(new TokenBatch(1), AbortSignal.NEVER));
    TokenBatch tooLong = new TokenBatch(context.batchTokens() + 1);
    for (int i = 0; i <= context.batchTokens(); i++) {
      tooLong.add(5, i, 0, false);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> context.decode(tooLong, AbortSignal.NEVER));
    TokenBatch strange = new TokenBatch(1);
    strange.add(512, 0, 0, true);
    assertThatThrownBy(() -> context.decode(strange, AbortSignal.NEVER))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> context.lastPosition(4)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> context.copyStart(0, 4, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void only_logits_that_were_asked_for_can_be_read() {
    TokenBatch batch = new TokenBatch(2);
    batch.add(1, 0, 0, false);
    batch.add(5, 1, 0, true);
    context.decode(batch, AbortSignal.NEVER);
    assertThat(context.logits(1).remaining()).isEqualTo(4 * model.vocabulary().size());
    assertThatIllegalStateException().isThrownBy(() -> context.logits(0));
  }

  private static float first(ByteBuffer logits) {
    return logits.getFloat(0);
  }

  @Test
  void a_view_kept_too_long_fails_instead_of_reading_freed_memory() {
    Story.read(context, 0, 1, 5);
    ByteBuffer view = context.logits(1);
    assertThat(first(view)).isFinite();
    context.close();
    assertThatIllegalStateException().isThrownBy(() -> first(view));
  }

  @Test
  void a_view_is_dead_once_its_buffer_has_moved() {
    Story.read(context, 0, 1, 5);
    ByteBuffer view = context.logits(1);
    TokenBatch batch = new TokenBatch(64);
    for (int i = 0; i < 64; i++) {
      batch.add(5, 2 + i, 0, true);
    }
    context.decode(batch, AbortSignal.NEVER);
    assertThatIllegalStateException().isThrownBy(() -> first(view));
    assertThat(first(context.logits(63))).isFinite();
  }

  @Test
  void a_closed_context_says_so_and_may_be_closed_again() {
    context.close();
    context.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> context.lastPosition(0))
        .withMessageContaining("the context of the model")
        .withMessageContaining("is closed");
  }

  @Test
  void a_model_is_closed_after_its_contexts_only() {
    assertThatIllegalStateException()
        .isThrownBy(() -> model.close())
        .withMessageContaining("1 of its contexts");
    context.close();
    model.close();
    model.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> model.description())
        .withMessageContaining("is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> model.vocabulary().tokenize("a", SpecialTokens.TEXT, true));
  }

  @Test
  void more_sequences_than_llama_has_are_refused() {
    assertThatThrownBy(() -> model.open(new ContextSettings(new ContextShape(257, 256), 32, 32, 1)))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.CONTEXT_FAILED));
  }

  private String firstWords(int tokens) {
    context.remove(0, 0, BackendContext.END);
    int next = Story.read(context, 0, Story.prompt(model.vocabulary()));
    return Story.tell(model, context, 0, next, tokens);
  }
}
