package dev.tsuku.llm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.models.GgufHeader;
import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TinyGgufTest {

  @TempDir Path directory;

  static List<TinyGguf> models() {
    TinyVocabulary pieces = TinyVocabulary.pieces();
    return List.of(
        TinyGguf.saying("Hello, world!"),
        TinyGguf.saying("x"),
        TinyGguf.saying("aaaaaaaaaaaaaaaa"),
        TinyGguf.saying("over and over. ".repeat(50)),
        TinyGguf.saying(List.of(new byte[] {(byte) 0xf0, (byte) 0x9f}, new byte[] {(byte) 0xa6})),
        TinyGguf.endless("tick tock "),
        TinyGguf.slow(),
        TinyGguf.random(pieces),
        TinyGguf.random(pieces).neverEnding().seeded(7),
        TinyGguf.random(TinyVocabulary.bytes().withWords(" the", "hello").cutLike("default")),
        TinyGguf.random(TinyVocabulary.chat().endingTurnsWith("<|endoftext|>"))
            .withChatTemplate(TinyGguf.CHATML),
        TinyGguf.followedBy(pieces, Map.of(5, 6), 5));
  }

  @ParameterizedTest
  @MethodSource("models")
  void every_kind_of_model_passes_the_checks(TinyGguf model) {
    ModelFile file = ModelFile.open(model.writeTo(directory.resolve("model.gguf")));

    assertThat(file.header().vocabularySize()).isEqualTo(model.vocabulary().size());
    assertThat(file.header().embeddingLength()).hasValue(model.shape().embedding());
    assertThat(file.header().blockCount()).hasValue(model.shape().layers());
  }

  @Test
  void a_model_carries_what_it_was_given() {
    GgufHeader header =
        GgufHeader.read(
            TinyGguf.saying("Yes.")
                .named("Yes-man")
                .shaped(TinyShape.SMALL.withContext(99))
                .withChatTemplate("{{ x }}")
                .writeTo(directory.resolve("yes.gguf")));

    assertThat(header.name()).hasValue("Yes-man");
    assertThat(header.contextLength()).hasValue(99);
    assertThat(header.chatTemplate()).hasValue("{{ x }}");
    assertThat(header.number("tokenizer.ggml.eos_token_id"))
        .hasValue(TinyVocabulary.chat().id("<|im_end|>"));
  }

  @Test
  void equal_models_make_equal_files() throws IOException {
    byte[] first = bytes(TinyGguf.random(TinyVocabulary.bytes()));

    assertThat(bytes(TinyGguf.random(TinyVocabulary.bytes()))).isEqualTo(first);
    assertThat(bytes(TinyGguf.random(TinyVocabulary.bytes()).seeded(2))).isNotEqualTo(first);
  }

  private byte[] bytes(TinyGguf model) throws IOException {
    return Files.readAllBytes(model.writeTo(directory.resolve("model.gguf")));
  }

  @Test
  void a_long_answer_makes_a_wide_model() {
    TinyGguf model = TinyGguf.saying("The quick brown fox jumps over the lazy dog. ".repeat(20));

    assertThat(model.shape().embedding()).isGreaterThan(TinyShape.SMALL.embedding());
  }

  @Test
  void a_slow_model_takes_little_room_on_disk_that_knows_holes() throws IOException {
    Path file = TinyGguf.slow().writeTo(directory.resolve("slow.gguf"));

    assertThat(Files.size(file)).isGreaterThan(100_000_000);
  }

  @Test
  void what_cannot_be_said_is_refused() {
    assertThatThrownBy(() -> TinyGguf.saying("")).hasMessage("a model cannot say nothing");
    byte[] piece = "ab".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> TinyGguf.saying(List.of(piece, piece)))
        .hasMessageContaining("there twice");
    assertThatThrownBy(() -> TinyGguf.endless("x").neverEnding())
        .hasMessageContaining("no random weights");
    assertThatThrownBy(() -> new TinyShape(1, 30, 4, 4, 8, 8)).hasMessageContaining("width 30");
  }

  @Test
  void tokens_keep_their_numbers() {
    TinyVocabulary bytes = TinyVocabulary.bytes();

    assertThat(bytes.byteId('\n')).isEqualTo(10);
    assertThat(bytes.end()).isEqualTo(256);
    assertThat(bytes.withWords(" a").withControl("<x>").byteId(255)).isEqualTo(255);
    assertThat(TinyVocabulary.pieces().byteId(0)).isEqualTo(3);
    assertThat(TinyVocabulary.pieces().controls()).containsExactly(0, 1, 2);
    assertThatThrownBy(() -> bytes.id("<y>")).hasMessageContaining("<y>");
  }

  @Test
  void damaged_copies_are_refused_as_models() throws IOException {
    Path whole = TinyGguf.saying("Hello").writeTo(directory.resolve("whole.gguf"));
    Path target = directory.resolve("damaged.gguf");

    assertThatThrownBy(() -> ModelFile.open(Damage.truncated(whole, target, 5000)))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> ModelFile.open(Damage.patched(whole, target, 0, (byte) 'X')))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(
            () -> ModelFile.open(Damage.replaced(whole, target, "block_count", "block_cuont")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("block_count");
    assertThat(ModelFile.open(whole).name()).isEqualTo("whole");
    assertThatThrownBy(() -> Damage.truncated(whole, target, 1 << 30)).hasMessageContaining("only");
    assertThatThrownBy(() -> Damage.replaced(whole, target, "not in it", "whatever!"))
        .hasMessageContaining("not in it");
  }
}
