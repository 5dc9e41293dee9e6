package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.models.ContextChoice.Chosen;
import dev.tsuku.llm.models.ContextChoice.Refused;
import dev.tsuku.llm.models.ContextChoice.Wish;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContextChoiceTest {

  private static final long GIB = 1L << 30;

  /** 4 GiB of weights, and 1 GiB for each 8192 tokens. */
  private static final MemoryEstimate EIGHT =
      new MemoryEstimate(4 * GIB, 128 << 10, 0, 100 << 20, 128_256 * 4, 512);

  private static MachineMemory free(double gib) {
    return new MachineMemory("this machine's memory", (long) (gib * GIB), 16 * GIB);
  }

  private static ContextChoice choose(long trained, Wish wish, double gib) {
    return ContextChoice.of(
        new ContextChoice.Model("eight", trained, List.of(128L), EIGHT), wish, free(gib));
  }

  private static Chosen chosen(long trained, Wish wish, double gib) {
    return (Chosen) choose(trained, wish, gib);
  }

  private static Wish wish(int context, int sequences) {
    return new Wish(
        context == 0 ? OptionalInt.empty() : OptionalInt.of(context),
        sequences == 0 ? OptionalInt.empty() : OptionalInt.of(sequences),
        Optional.empty());
  }

  @Test
  void with_memory_enough_there_is_room_for_eight() {
    Chosen chosen = chosen(131_072, Wish.NONE, 12);
    assertThat(chosen.contextTokens()).isEqualTo(32_768);
    assertThat(chosen.sequences()).isEqualTo(8);
    assertThat(chosen.fits()).isTrue();
    assertThat(chosen.summary())
        .isEqualTo(
            "context 32768 tokens, 8 sequences, KV cache in f16, estimated 8.1 GiB (weights 4.0, KV 4.0,"
                + " compute 0.1)");
  }

  @Test
  void with_less_the_context_is_the_longest_that_fits() {
    Chosen chosen = chosen(131_072, Wish.NONE, 6.5);
    assertThat(chosen.contextTokens()).isBetween(8192, 16_384);
    assertThat(chosen.need().total()).isLessThanOrEqualTo(free(6.5).usableBytes());
    long more = EIGHT.at(chosen.contextTokens() + 1024, 8, KvCacheType.F16).total();
    assertThat(more).isGreaterThan(free(6.5).usableBytes());
  }

  @Test
  void little_room_is_shared_by_few() {
    Chosen chosen = chosen(131_072, stored(KvCacheType.F16), 5.3);
    assertThat(chosen.contextTokens()).isBetween(2048, 4096);
    assertThat(chosen.sequences()).isBetween(2, 4);
    assertThat(chosen(131_072, wish(0, 6), 5.3).sequences()).isEqualTo(6);
  }

  private static Wish stored(KvCacheType type) {
    return new Wish(OptionalInt.empty(), OptionalInt.empty(), Optional.of(type));
  }

  @Test
  void keys_and_values_have_fewer_bits_where_there_is_little_room_and_nobody_has_set_them() {
    Chosen chosen = chosen(131_072, Wish.NONE, 5.3);
    assertThat(chosen.kvCacheType()).isEqualTo(KvCacheType.Q8_0);
    assertThat(chosen.contextTokens())
        .isGreaterThan(chosen(131_072, stored(KvCacheType.F16), 5.3).contextTokens())
        .isLessThanOrEqualTo(8192);
    assertThat(chosen(131_072, Wish.NONE, 6.5).kvCacheType()).isEqualTo(KvCacheType.F16);
    assertThat(chosen(131_072, stored(KvCacheType.Q4_0), 6.5).contextTokens())
        .isGreaterThan(chosen(131_072, Wish.NONE, 6.5).contextTokens());
  }

  @Test
  void a_context_that_was_asked_for_has_fewer_bits_before_it_does_not_fit() {
    Chosen chosen = chosen(131_072, wish(32_768, 0), 8);
    assertThat(chosen.kvCacheType()).isEqualTo(KvCacheType.Q8_0);
    assertThat(chosen.contextTokens()).isEqualTo(32_768);
    assertThat(chosen.fits()).isTrue();
  }

  @Test
  void heads_that_are_no_whole_blocks_keep_their_bits() {
    ContextChoice.Model odd = new ContextChoice.Model("odd", 131_072, List.of(80L), EIGHT);
    Chosen chosen = (Chosen) ContextChoice.of(odd, Wish.NONE, free(5.3));
    assertThat(chosen.kvCacheType()).isEqualTo(KvCacheType.F16);
    assertThat(ContextChoice.of(odd, stored(KvCacheType.Q8_0), free(12)))
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(refused.sentence())
                    .contains("odd", "as q8_0", "Set kv_cache_type to f16"));
  }

  @Test
  void a_type_takes_what_its_blocks_take() {
    assertThat(KvCacheType.F16.bytesInsteadOf(640)).isEqualTo(640);
    assertThat(KvCacheType.Q8_0.bytesInsteadOf(640)).isEqualTo(340);
    assertThat(KvCacheType.Q4_0.bytesInsteadOf(640)).isEqualTo(180);
    assertThat(KvCacheType.Q8_0.bytesInsteadOf(Long.MAX_VALUE / 16)).isPositive();
  }

  @Test
  void a_refusal_tells_the_numbers_and_what_to_do() {
    assertThat(choose(131_072, Wish.NONE, 4.5))
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(refused.sentence())
                    .contains(
                        "eight",
                        "4.0 GiB for its weights",
                        "0.2 GiB",
                        "2,048 tokens",
                        "4.5 GiB are free",
                        "0.8 GiB are left",
                        "smaller model",
                        "TSUKU_LLM_CONTEXT"));
  }

  @Test
  void a_context_that_was_asked_for_is_kept_to_though_it_does_not_fit() {
    Chosen chosen = chosen(131_072, wish(65_536, 3), 4.5);
    assertThat(chosen.contextTokens()).isEqualTo(65_536);
    assertThat(chosen.sequences()).isEqualTo(3);
    assertThat(chosen.fits()).isFalse();
    assertThat(chosen.kvCacheType()).as("the one that takes less").isEqualTo(KvCacheType.Q8_0);
    assertThat(chosen(131_072, wish(65_536, 3), 15).fits()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "128, 0, 0, 1024, 8",
    "128, 0, 64, 8192, 64",
    "128, 512, 0, 512, 4",
    "2048, 0, 0, 16384, 8",
    "2048, 0, 1, 2048, 1",
    "32768, 512, 0, 512, 1",
    "32768, 100000, 0, 100000, 8",
    "1, 64, 0, 8, 8"
  })
  void more_than_all_requests_can_fill_is_of_no_use(
      long trained, int context, int sequences, int tokens, int requests) {
    Chosen chosen = chosen(trained, wish(context, sequences), 1000);
    assertThat(chosen.contextTokens()).isEqualTo(tokens);
    assertThat(chosen.sequences()).isEqualTo(requests);
  }

  @Test
  void the_fewest_tokens_are_tried_though_they_are_no_whole_number_of_steps_away() {
    Wish wish = new Wish(OptionalInt.empty(), OptionalInt.of(1), Optional.of(KvCacheType.F16));
    double gib = 4;
    while (choose(2560, wish, gib) instanceof Refused) {
      gib += 0.01;
    }
    assertThat(chosen(2560, wish, gib).contextTokens()).isEqualTo(2048);
  }

  @Test
  void a_model_trained_for_little_is_not_refused_for_it() {
    assertThat(chosen(128, wish(0, 1), 5.3).contextTokens()).isEqualTo(128);
  }
}
