package dev.tsuku.llm.models;

import static dev.tsuku.llm.models.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufHeaderTest {

  @TempDir Path directory;

  private static Path shared(String file) {
    Path path = Path.of(System.getProperty("tsuku.root"), "..", "shared", file);
    assumeTrue(Files.exists(path), file + " is not among the shared files");
    return path;
  }

  private Path file(byte[] bytes) {
    return GgufBytes.write(directory.resolve("model.gguf"), bytes);
  }

  private GgufHeader read(GgufBytes bytes) {
    return GgufHeader.read(file(bytes.bytes()));
  }

  @Test
  void a_small_llama_says_what_it_is() {
    GgufHeader header = GgufHeader.read(shared("models/stories260K.gguf"));

    assertThat(header.version()).isEqualTo(3);
    assertThat(header.architecture()).isEqualTo("llama");
    assertThat(header.blockCount()).hasValue(5);
    assertThat(header.embeddingLength()).hasValue(64);
    assertThat(header.contextLength()).hasValue(128);
    assertThat(header.headCounts()).containsExactly(8L, 8L, 8L, 8L, 8L);
    assertThat(header.keyValueHeadCounts()).containsExactly(4L, 4L, 4L, 4L, 4L);
    assertThat(header.vocabularySize()).isEqualTo(512);
    assertThat(header.parameterCount()).isBetween(260_000L, 300_000L);
    assertThat(header.totalTensorBytes()).isEqualTo(4 * header.parameterCount());
    assertThat(header.chatTemplate()).isEmpty();
    assertThat(header.string("tokenizer.ggml.model")).hasValue("llama");
  }

  @ParameterizedTest
  @CsvSource({
    "ggml-vocab-llama-spm, llama, llama, 32000",
    "ggml-vocab-llama-bpe, llama, gpt2, 128256",
    "ggml-vocab-qwen2, qwen2, gpt2, 151936"
  })
  void a_vocabulary_is_counted(String name, String architecture, String tokenizer, int size) {
    GgufHeader header = GgufHeader.read(shared("vocab/" + name + ".gguf"));

    assertThat(header.architecture()).isEqualTo(architecture);
    assertThat(header.string("tokenizer.ggml.model")).hasValue(tokenizer);
    assertThat(header.vocabularySize()).isEqualTo(size);
    assertThat(header.parameterCount()).isZero();
  }

  @Test
  void a_big_vocabulary_is_read_quickly() {
    Path file = shared("vocab/ggml-vocab-qwen2.gguf");
    GgufHeader.read(file);

    Assertions.assertTimeout(Duration.ofMillis(500), () -> GgufHeader.read(file));
  }

  @Test
  void values_are_found_by_key_and_type() {
    GgufHeader header =
        read(
            GgufBytes.sound()
                .raw("a.flag", 7, new byte[] {1})
                .text("tokenizer.chat_template", "{{ messages }}"));

    assertThat(header.name()).hasValue("Sound");
    assertThat(header.flag("a.flag")).hasValue(true);
    assertThat(header.chatTemplate()).hasValue("{{ messages }}");
    assertThat(header.number("llama.block_count")).hasValue(2);
    assertThat(header.string("llama.block_count")).isEmpty();
    assertThat(header.number("general.name")).isEmpty();
    assertThat(header.file()).isEqualTo(directory.resolve("model.gguf"));
  }

  private byte[] tokenizer(GgufBytes bytes) throws IOException {
    return read(bytes).tokenizerEntries().orElseThrow();
  }

  @Test
  void the_tokenizer_is_the_same_whatever_else_the_file_holds() throws IOException {
    assertThat(tokenizer(GgufBytes.sound()))
        .asString(StandardCharsets.ISO_8859_1)
        .contains("tokenizer.ggml.tokens", "<unk>", "<0xFF>", "tokenizer.ggml.model", "llama")
        .doesNotContain("block_count");
    assertThat(
            tokenizer(
                GgufBytes.sound()
                    .u32("llama.block_count", 7)
                    .u32("general.file_type", 2)
                    .text("tokenizer.chat_template", "{{ messages }}")
                    .texts("tokenizer.ggml.merges", List.of("a b"))))
        .isEqualTo(tokenizer(GgufBytes.sound()));
  }

  @Test
  void whatever_changes_the_tokens_changes_the_tokenizer() throws IOException {
    List<byte[]> all =
        List.of(
            tokenizer(GgufBytes.sound()),
            tokenizer(GgufBytes.sound().text("general.name", "Phi-3")),
            tokenizer(GgufBytes.sound().text("tokenizer.ggml.pre", "llama-bpe")),
            tokenizer(GgufBytes.sound().u32("tokenizer.ggml.eos_token_id", 7)),
            tokenizer(GgufBytes.sound().u32("tokenizer.ggml.eos_token_id", 8)),
            tokenizer(GgufBytes.sound().numbers("tokenizer.ggml.token_type", 5, 1, 3)),
            tokenizer(GgufBytes.sound().texts("tokenizer.ggml.tokens", List.of("<unk>", "<S>"))));
    assertThat(all).doesNotHaveDuplicates();
  }

  @Test
  void a_file_that_has_changed_has_no_tokenizer() throws IOException {
    GgufHeader header = read(GgufBytes.sound());
    Path other = directory.resolve("other.gguf");
    GgufBytes.sound().writeTo(other);
    Files.move(other, directory.resolve("model.gguf"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(header.tokenizerEntries()).isEmpty();
  }

  @Test
  void version_2_is_read_too() {
    assertThat(read(GgufBytes.sound().version(2)).version()).isEqualTo(2);
  }

  @Test
  void every_shortened_file_is_refused() throws IOException {
    byte[] whole = Files.readAllBytes(shared("models/stories260K.gguf"));
    for (int length = 0; length < whole.length; length += length < 200 ? 1 : whole.length / 60) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> GgufHeader.read(file(part)))
          .as("%d bytes of %d", length, whole.length)
          .isInstanceOf(ModelException.class);
    }
  }

  @Test
  void a_file_without_its_last_bytes_says_how_many_are_missing() {
    byte[] whole = GgufBytes.sound().bytes();

    assertRefused(
            Kind.DAMAGED, () -> GgufHeader.read(file(Arrays.copyOf(whole, whole.length - 1000))))
        .contains("1000 of its " + whole.length + " bytes are missing", "Download it again");
  }

  @Test
  void flipped_bytes_are_refused_or_read_but_never_worse() {
    byte[] whole = GgufBytes.sound().bytes();
    int header = whole.length - 32 * 260 * 4;
    Random random = new Random(20261101);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(header)] = (byte) random.nextInt(256);
      }
      Assertions.assertTimeout(
          Duration.ofMillis(500),
          () -> {
            try {
              ModelFile.open(file(bytes));
            } catch (ModelException e) {
              assertThat(e.getMessage()).contains("model.gguf");
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 1_000_000, 9_000})
  void absurd_counts_are_refused_wherever_they_stand(long count) {
    byte[] huge = GgufBytes.longs(count);
    byte[] sound = GgufBytes.sound().bytes();
    for (int place : new int[] {8, 16, 24}) {
      byte[] bytes = sound.clone();
      System.arraycopy(huge, 0, bytes, place, huge.length);
      assertRefused(Kind.DAMAGED, () -> GgufHeader.read(file(bytes))).contains("model.gguf");
    }
    for (int type : new int[] {0, 4, 8, 10}) {
      byte[] array = GgufBytes.joined(GgufBytes.ints(type), huge);
      assertRefused(
          Kind.DAMAGED,
          () -> read(GgufBytes.empty().text("general.architecture", "llama").raw("a", 9, array)));
    }
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().withoutTensors().raw("a", 8, huge)));
  }

  @Test
  void a_long_string_does_not_take_memory_the_file_has_not() throws IOException {
    Path file = file(GgufBytes.empty().raw("a", 8, GgufBytes.longs(1L << 33)).bytes());
    try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
      channel.position(1L << 34).write(ByteBuffer.allocate(1));
    }

    assertRefused(Kind.DAMAGED, () -> GgufHeader.read(file)).contains("a text of 8589934592 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html>           | web page",
        "{\"error\":\"not found\"}       | web service",
        "version https://git-lfs.github.com/spec/v1 | Git LFS pointer",
        "PK\u0003\u0004 and so on        | zip archive",
        "tjgg\u0003                      | older GGML format",
        "lmgg\u0003                      | older GGML format",
        "just some text                  | begins with the bytes 6a 75 73 74",
        "GG                              | begins with the bytes 47 47,"
      })
  void other_files_are_named(String start, String look) {
    assertRefused(
            Kind.NOT_A_MODEL,
            () -> GgufHeader.read(file(start.getBytes(StandardCharsets.ISO_8859_1))))
        .contains("not a GGUF model", look);
  }

  @Test
  void an_empty_file_is_named() {
    assertRefused(Kind.NOT_A_MODEL, () -> GgufHeader.read(file(new byte[0]))).contains("is empty");
  }

  @Test
  void a_safetensors_file_is_named() {
    byte[] start =
        GgufBytes.joined(
            GgufBytes.longs(4000), "{\"__metadata__\":{}}".getBytes(StandardCharsets.UTF_8));

    assertRefused(Kind.NOT_A_MODEL, () -> GgufHeader.read(file(start))).contains("safetensors");
  }

  @Test
  void a_big_endian_file_is_named() {
    byte[] bytes =
        ByteBuffer.allocate(64)
            .order(ByteOrder.BIG_ENDIAN)
            .put("GGUF".getBytes(StandardCharsets.US_ASCII))
            .putInt(3)
            .putLong(0)
            .array();

    assertRefused(Kind.UNSUPPORTED, () -> GgufHeader.read(file(bytes))).contains("big-endian");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 65_537, -1})
  void other_versions_are_named(int version) {
    assertRefused(Kind.UNSUPPORTED, () -> read(GgufBytes.sound().version(version)))
        .contains("version " + Integer.toUnsignedString(version));
  }

  @Test
  void a_repeated_key_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().repeated("general.name")))
        .contains("repeats the key 'general.name'");
  }

  @Test
  void an_empty_key_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().u32("", 1))).contains("key");
  }

  @Test
  void a_key_with_a_nul_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().u32("a\0b", 1))).contains("key");
  }

  @Test
  void an_unknown_value_type_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().raw("a", 13, new byte[8])))
        .contains("unknown value type 13");
  }

  @Test
  void an_array_of_arrays_is_refused() {
    byte[] nested = GgufBytes.joined(GgufBytes.ints(9), GgufBytes.longs(1), new byte[64]);

    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().raw("a", 9, nested)))
        .contains("array within an array");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 48, 1 << 20, -1})
  void a_bad_alignment_is_refused(int alignment) {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().u32("general.alignment", alignment)))
        .contains("general.alignment");
  }

  @Test
  void an_alignment_of_another_type_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().u16("general.alignment", 32)))
        .contains("not a 32-bit number");
  }

  @Test
  void bad_tensors_are_refused() {
    refusedTensor("holds control characters", "", 0, 32);
    refusedTensor("repeats the name", "output_norm.weight", 0, 32);
    refusedTensor("0 dimensions", "t", 0);
    refusedTensor("5 dimensions", "t", 0, 1, 1, 1, 1, 1);
    refusedTensor("impossible dimension 0", "t", 0, 32, 0);
    refusedTensor("impossible dimension 18446744073709551615", "t", 0, -1);
    refusedTensor("impossible dimension", "t", 0, 1L << 32, 1L << 32);
    refusedTensor("only in blocks of 32", "t", 2, 33);
    refusedTensor("text of 64 bytes", "t".repeat(64), 0, 32);
  }

  private void refusedTensor(String reason, String name, int type, long... dimensions) {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().tensor(name, type, dimensions)))
        .contains(reason);
  }

  @Test
  void tensor_types_nobody_knows_are_refused() {
    assertRefused(Kind.UNSUPPORTED, () -> read(GgufBytes.sound().tensor("t", 4, 32)))
        .contains("type 4", "no longer read");
    assertRefused(Kind.UNSUPPORTED, () -> read(GgufBytes.sound().tensor("t", 43, 32)))
        .contains("type 43", "newer than this program");
    assertRefused(Kind.UNSUPPORTED, () -> read(GgufBytes.sound().tensor("t", -7, 32)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 31, 1 << 20, -32, Long.MAX_VALUE})
  void data_elsewhere_than_behind_the_tensor_before_is_refused(long offset) {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().tensorAt(offset, "t", 0, 32)))
        .contains("tensor 't'", "offset " + Long.toUnsignedString(offset));
  }

  @Test
  void sizes_that_add_up_beyond_numbers_are_refused() {
    GgufBytes bytes = GgufBytes.sound().withoutTensors();
    long big = 1L << 56;
    for (int i = 0; i < 40; i++) {
      bytes.tensorAt(i * big * 4, "t" + i, 0, big);
    }

    assertRefused(Kind.DAMAGED, () -> read(bytes)).contains("more bytes than a file can");
  }

  @ParameterizedTest
  @CsvSource({
    "adapter, adapter",
    "mmproj, encoder",
    "imatrix, statistics",
    "vocab, vocabulary",
    "other, 'other'"
  })
  void files_that_go_with_a_model_are_named(String type, String what) {
    assertRefused(
            Kind.NOT_A_MODEL,
            () -> read(GgufBytes.empty().text("general.type", type).text("a", "b")))
        .contains(what);
  }

  @Test
  void a_file_without_architecture_is_refused() {
    assertRefused(Kind.DAMAGED, () -> read(GgufBytes.sound().without("general.architecture")))
        .contains("architecture");
  }

  @Test
  void per_layer_numbers_are_read() {
    GgufHeader header = read(GgufBytes.sound().numbers("llama.attention.head_count_kv", 4, 1, 2));

    assertThat(header.keyValueHeadCounts()).isEqualTo(List.of(1L, 2L));
  }
}
