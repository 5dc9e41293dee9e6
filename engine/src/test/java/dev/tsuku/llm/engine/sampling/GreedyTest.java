package dev.tsuku.llm.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GreedyTest {

  private final Greedy greedy = new Greedy();

  private static ByteBuffer buffer(float[] logits) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(logits.length * Float.BYTES).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(logits);
    return buffer;
  }

  private static int slowly(float[] logits) {
    int best = -1;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > (best < 0 ? Float.NEGATIVE_INFINITY : logits[best])) {
        best = i;
      }
    }
    return best;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 512, 4095, 4096, 4097, 8193, 151_936})
  void the_first_of_the_largest_is_picked_wherever_it_stands(int size) {
    Random random = new Random(size);
    float[] logits = new float[size];
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < size; i++) {
        // Few different values, so that there are equal ones; some are no numbers.
        int value = random.nextInt(20);
        logits[i] =
            switch (value) {
              case 0 -> Float.NaN;
              case 1 -> Float.intBitsToFloat(0xffc00000); // also no number
              case 2 -> Float.NEGATIVE_INFINITY;
              default -> 10 - value;
            };
      }
      logits[random.nextInt(size)] = random.nextBoolean() ? 11 : Float.POSITIVE_INFINITY;
      assertThat(greedy.pick(buffer(logits))).isEqualTo(slowly(logits));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void nothing_is_picked_where_nothing_is_a_number(float value) {
    float[] logits = new float[5000];
    Arrays.fill(logits, value);
    assertThat(greedy.pick(buffer(logits))).isEqualTo(-1);
  }
}
