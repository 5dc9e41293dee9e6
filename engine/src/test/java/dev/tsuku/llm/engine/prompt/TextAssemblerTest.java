package dev.tsuku.llm.engine.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {

  @Test
  void any_cut_of_any_text_gives_the_text_back() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      String text =
          random
              .ints(20, 0, 0x11000)
              .map(point -> point < 0xd800 ? point : point + 0x800)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      TextAssembler assembler = new TextAssembler();
      StringBuilder joined = new StringBuilder();
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + random.nextInt(5));
        String more = assembler.append(Arrays.copyOfRange(bytes, from, to));
        assertThat(more.getBytes(StandardCharsets.UTF_8)).doesNotContain((byte) '?');
        joined.append(more);
        from = to;
      }
      assertThat(joined.toString()).isEqualTo(text);
    }
  }

  @Test
  void bytes_that_are_no_character_are_replaced_and_what_follows_is_kept() {
    TextAssembler assembler = new TextAssembler();
    assertThat(assembler.append(new byte[] {(byte) 0xff, 'a'})).isEqualTo("\ufffda");
    assertThat(assembler.append(new byte[] {(byte) 0xe2, (byte) 0x82})).isEmpty();
    assertThat(assembler.append(new byte[] {'b'})).isEqualTo("\ufffdb");
  }
}
