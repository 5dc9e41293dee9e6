package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.grammar.vocabulary.TableReader;
import dev.tsuku.llm.grammar.vocabulary.TableWriter;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingLeftOpen.class)
class LlamaVocabularyTest {

  private static final String SPM = "llama-spm";

  private static LlamaModel load(String name) {
    return Native.backend().loadVocabulary(Native.shared("vocab/ggml-vocab-" + name + ".gguf"));
  }

  @ParameterizedTest
  @ValueSource(strings = {SPM, "llama-bpe", "qwen2"})
  void text_becomes_the_expected_tokens_and_back(String name) throws IOException {
    Path cases = Native.shared("vocab/ggml-vocab-" + name + ".gguf.inp");
    String[] texts = Files.readString(cases).split("\n__ggml_vocab_test__\n", -1);
    String[] expected =
        Files.readString(Path.of(cases.toString().replace(".inp", ".out"))).split("\n", -1);
    assertThat(texts).hasSameSizeAs(expected).hasSizeGreaterThan(40);
    try (LlamaModel model = load(name)) {
      Vocabulary vocabulary = model.vocabulary();
      assertAll(
          IntStream.range(0, texts.length)
              .mapToObj(
                  i ->
                      () -> {
                        int[] tokens = vocabulary.tokenize(texts[i], SpecialTokens.TEXT, true);
                        assertThat(joined(tokens)).as(texts[i]).isEqualTo(expected[i].strip());
                        String prefix = name.equals(SPM) && !texts[i].isEmpty() ? " " : "";
                        assertThat(text(vocabulary, tokens)).isEqualTo(prefix + texts[i]);
                        assertThat(
                                text(
                                    vocabulary,
                                    vocabulary.tokenize(texts[i], SpecialTokens.TEXT, false)))
                            .isEqualTo(texts[i]);
                      }));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SPM, "llama-bpe", "qwen2"})
  void the_bytes_of_all_tokens_are_those_of_each(String name) {
    try (LlamaModel model = load(name)) {
      Vocabulary vocabulary = model.vocabulary();
      byte[][] texts = vocabulary.textBytes();
      assertThat(texts.length).isEqualTo(vocabulary.size());
      for (int token = 0; token < texts.length; token++) {
        byte[] expected = vocabulary.isText(token) ? vocabulary.bytes(token) : new byte[0];
        if (!Arrays.equals(texts[token], expected)) {
          assertThat(texts[token]).as("token %d", token).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SPM, "llama-bpe", "qwen2"})
  void tables_are_the_same_once_written_and_read(String name) throws IOException {
    try (LlamaModel model = load(name)) {
      byte[][] texts = model.vocabulary().textBytes();
      byte[] written = written(new VocabularyTables(TextTokens.of(texts), List.of(1, 2)));
      VocabularyTables read =
          VocabularyTables.readFrom(
              new TableReader(
                  Channels.newChannel(new ByteArrayInputStream(written)), written.length));
      assertThat(Arrays.equals(written(read), written)).isTrue();
      for (int token = 0; token < texts.length; token++) {
        if (!Arrays.equals(read.texts().bytes(token), texts[token])) {
          assertThat(read.texts().bytes(token)).as("token %d", token).isEqualTo(texts[token]);
        }
      }
    }
  }

  private static byte[] written(VocabularyTables tables) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tables.writeTo(new TableWriter(Channels.newChannel(bytes)));
    return bytes.toByteArray();
  }

  @Test
  void a_piece_that_continues_a_prompt_gets_no_space() {
    try (LlamaModel model = load(SPM)) {
      Vocabulary vocabulary = model.vocabulary();
      int[] whole = vocabulary.tokenize("Hello world", SpecialTokens.TEXT, true);
      assertThat(whole).containsExactly(15043, 3186);
      assertThat(vocabulary.tokenize(" world", SpecialTokens.TEXT, false)).containsExactly(3186);
      assertThat(text(vocabulary, vocabulary.tokenize("world", SpecialTokens.TEXT, false)))
          .isEqualTo("world");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\u0001", "\u0000", "a\u0001b", "\uD800", "\uFEFF", "▁"})
  void strange_text_survives(String text) {
    try (LlamaModel model = load(SPM)) {
      byte[] expected = text.replace('▁', ' ').getBytes(StandardCharsets.UTF_8);
      int[] tokens = model.vocabulary().tokenize(text, SpecialTokens.TEXT, false);
      assertThat(bytes(model.vocabulary(), tokens)).isEqualTo(expected);
    }
  }

  @Test
  void special_tokens_are_read_in_templates_and_are_text_elsewhere() {
    try (LlamaModel model = load("qwen2")) {
      Vocabulary vocabulary = model.vocabulary();
      int end = vocabulary.specialToken("<|im_end|>").orElseThrow();
      assertThat(vocabulary.tokenize("<|im_end|>", SpecialTokens.PARSED, false))
          .containsExactly(end);
      int[] asText = vocabulary.tokenize("<|im_end|>", SpecialTokens.TEXT, false);
      assertThat(asText).doesNotContain(end);
      assertThat(text(vocabulary, asText)).isEqualTo("<|im_end|>");
      assertThat(vocabulary.text(end)).isEqualTo("<|im_end|>");
      assertThat(vocabulary.bytes(end)).isEmpty();
      assertThat(vocabulary.isControl(end)).isTrue();
      assertThat(vocabulary.isControl(asText[0])).isFalse();
      assertThat(vocabulary.endsGeneration(end)).isTrue();
      assertThat(vocabulary.endsGeneration(asText[0])).isFalse();
      assertThat(vocabulary.specialToken("Hello")).isEmpty();
      assertThat(vocabulary.specialToken("im_end")).isEmpty();
    }
  }

  @Test
  void the_token_that_starts_a_prompt_is_never_added_by_itself() {
    try (LlamaModel model = load(SPM)) {
      int start = model.vocabulary().startToken().orElseThrow();
      assertThat(start).isEqualTo(1);
      assertThat(model.vocabulary().tokenize("Hello", SpecialTokens.PARSED, true))
          .doesNotContain(start);
    }
    try (LlamaModel model = load("qwen2")) {
      assertThat(model.vocabulary().startToken()).isEmpty();
    }
  }

  @Test
  void every_token_can_be_asked_and_no_other() {
    try (LlamaModel model = load(SPM)) {
      Vocabulary vocabulary = model.vocabulary();
      assertThat(vocabulary.size()).isEqualTo(32000);
      long silent =
          IntStream.range(0, vocabulary.size())
              .filter(token -> vocabulary.bytes(token).length == 0)
              .count();
      assertThat(silent).isEqualTo(3);
      assertThatThrownBy(() -> vocabulary.bytes(32000))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> vocabulary.text(-1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> vocabulary.endsGeneration(32000))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private static String joined(int[] tokens) {
    return Arrays.stream(tokens).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  private static String text(Vocabulary vocabulary, int[] tokens) {
    return new String(bytes(vocabulary, tokens), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Vocabulary vocabulary, int[] tokens) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int token : tokens) {
      out.writeBytes(vocabulary.bytes(token));
    }
    return out.toByteArray();
  }
}
