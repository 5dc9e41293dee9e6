package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TensorTypeTest {

  @Test
  void every_number_is_known_or_dropped() {
    assertThat(IntStream.range(0, 43))
        .allMatch(number -> TensorType.of(number).isPresent() != TensorType.wasDropped(number));
    assertThat(TensorType.of(43)).isEmpty();
    assertThat(TensorType.of(-1)).isEmpty();
  }

  @Test
  void types_have_the_numbers_files_use() {
    assertThat(TensorType.of(12)).hasValue(TensorType.Q4_K);
    assertThat(TensorType.of(39)).hasValue(TensorType.MXFP4);
    assertThat(TensorType.Q2_0.number()).isEqualTo(42);
  }
}
