package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryEstimateTest {

  private static final double MIB = 1 << 20;

  @TempDir Path directory;

  private MemoryEstimate estimate(GgufBytes bytes) {
    return MemoryEstimate.of(GgufHeader.read(bytes.writeTo(directory.resolve("model.gguf"))), 512);
  }

  private static GgufBytes shape(String architecture, int layers, int width, int heads, int kv) {
    return GgufBytes.empty()
        .text("general.architecture", architecture)
        .u32(architecture + ".block_count", layers)
        .u32(architecture + ".embedding_length", width)
        .u32(architecture + ".attention.head_count", heads)
        .u32(architecture + ".attention.head_count_kv", kv);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Qwen2.5-0.5B, qwen2, 24, 896, 14, 2, 0, 12",
    "Qwen2.5-1.5B, qwen2, 28, 1536, 12, 2, 0, 28",
    "Qwen2.5-7B, qwen2, 28, 3584, 28, 4, 0, 56",
    "Qwen3-0.6B, qwen3, 28, 1024, 16, 8, 128, 112",
    "Qwen3-8B, qwen3, 36, 4096, 32, 8, 128, 144",
    "Llama-3.1-8B, llama, 32, 4096, 32, 8, 0, 128"
  })
  void keys_and_values_of_a_token_are_what_is_known_of_the_model(
      String name,
      String architecture,
      int layers,
      int width,
      int heads,
      int kv,
      int head,
      int kib) {
    GgufBytes bytes = shape(architecture, layers, width, heads, kv);
    if (head > 0) {
      bytes
          .u32(architecture + ".attention.key_length", head)
          .u32(architecture + ".attention.value_length", head);
    }
    assertThat(estimate(bytes).tokenBytes()).isEqualTo(kib * 1024L);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Qwen2.5-0.5B, qwen2, 896, 14, 2, 4864, 2048, 37.51",
    "Qwen2.5-0.5B, qwen2, 896, 14, 2, 4864, 32768, 67.51",
    "Qwen2.5-1.5B, qwen2, 1536, 12, 2, 8960, 8192, 72.51",
    "Qwen3-0.6B, qwen3, 1024, 16, 8, 3072, 8192, 34.01",
    "Llama-3.1-8B, llama, 4096, 32, 8, 14336, 2048, 118.01",
    "Llama-3.1-8B, llama, 4096, 32, 8, 14336, 8192, 124.01"
  })
  void buffers_are_what_llama_cpp_was_seen_to_take(
      String name,
      String architecture,
      int width,
      int heads,
      int kv,
      int fed,
      int context,
      double mib) {
    MemoryEstimate estimate =
        estimate(
            shape(architecture, 28, width, heads, kv)
                .u32(architecture + ".feed_forward_length", fed));
    assertThat(estimate.at(context, 32, KvCacheType.F16).compute() / MIB)
        .isCloseTo(mib, Percentage.withPercentage(1));
  }

  @Test
  void experts_need_at_least_what_llama_cpp_was_seen_to_take() {
    MemoryEstimate estimate =
        estimate(
            shape("qwen3moe", 8, 2048, 32, 4)
                .u32("qwen3moe.feed_forward_length", 6144)
                .u32("qwen3moe.expert_count", 128)
                .u32("qwen3moe.expert_used_count", 8)
                .u32("qwen3moe.expert_feed_forward_length", 768));
    assertThat(estimate.at(8192, 32, KvCacheType.F16).compute() / MIB).isBetween(96.01, 140.0);
  }

  @Test
  void a_small_llama_is_estimated_as_a_whole() {
    Path file = Path.of(System.getProperty("tsuku.root"), "../shared/models/stories260K.gguf");
    assumeTrue(Files.exists(file), file + " is not among the shared files");
    GgufHeader header = GgufHeader.read(file);
    MemoryEstimate estimate = MemoryEstimate.of(header, 512);
    assertThat(estimate.tokenBytes()).isEqualTo(5 * 4 * (8 + 8) * 2);
    MemoryEstimate.Need need = estimate.at(1024, 32, KvCacheType.F16);
    assertThat(need.weights()).isEqualTo(header.totalTensorBytes());
    assertThat(need.context() / MIB).isEqualTo(0.625);
    // Seen: 2.52 MiB and 0.06 for the logits.
    assertThat(need.compute() / MIB).isBetween(2.5, 3.5);
    assertThat(need.total()).isEqualTo(need.weights() + need.context() + need.compute());
  }

  @Test
  void layers_may_have_numbers_of_their_own() {
    assertThat(
            estimate(GgufBytes.sound().numbers("llama.attention.head_count_kv", 4, 1, 2))
                .tokenBytes())
        .isEqualTo(3 * (8 + 8) * 2);
  }

  @Test
  void wider_heads_behind_a_window_count() {
    assertThat(
            estimate(
                    GgufBytes.sound()
                        .u32("llama.attention.key_length_swa", 16)
                        .u32("llama.attention.value_length_swa", 16))
                .tokenBytes())
        .isEqualTo(4 * (16 + 16) * 2);
  }

  @Test
  void recurrent_states_grow_with_the_sequences_and_not_with_the_context() {
    MemoryEstimate estimate =
        estimate(
            GgufBytes.empty()
                .text("general.architecture", "mamba")
                .u32("mamba.block_count", 3)
                .u32("mamba.embedding_length", 32)
                .u32("mamba.ssm.conv_kernel", 4)
                .u32("mamba.ssm.inner_size", 64)
                .u32("mamba.ssm.state_size", 16));
    assertThat(estimate.tokenBytes()).isZero();
    long one = 3 * 4 * (4 * 64 + 64 * 16);
    assertThat(estimate.at(256, 1, KvCacheType.F16).context()).isEqualTo(one);
    assertThat(estimate.at(4096, 5, KvCacheType.F16).context()).isEqualTo(5 * one);
  }

  @Test
  void a_context_is_rounded_up_as_llama_cpp_does() {
    MemoryEstimate estimate = estimate(GgufBytes.sound());
    assertThat(estimate.at(1, 1, KvCacheType.F16)).isEqualTo(estimate.at(256, 1, KvCacheType.F16));
    assertThat(estimate.at(257, 1, KvCacheType.F16))
        .isEqualTo(estimate.at(512, 1, KvCacheType.F16));
  }

  @Test
  void numbers_beyond_all_bounds_stay_positive_and_too_many() {
    GgufBytes bytes = shape("strange", 512, -1, -1, -1);
    for (String key : new String[] {"attention.key_length", "attention.value_length"}) {
      bytes.u32("strange." + key, -1);
    }
    bytes.u32("strange.feed_forward_length", -1).u32("strange.expert_used_count", -1);
    MemoryEstimate.Need need = estimate(bytes).at(Integer.MAX_VALUE, 256, KvCacheType.F16);
    assertThat(need.context()).isGreaterThan(1L << 58);
    assertThat(need.compute()).isPositive();
    assertThat(need.total()).isGreaterThan(1L << 58);
  }
}
