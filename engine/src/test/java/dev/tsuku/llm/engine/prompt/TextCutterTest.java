package dev.tsuku.llm.engine.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextCutterTest {

  /** How GPT-2, Qwen 2 and Mistral's Tekken cut a text into words before they merge anything. */
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String QWEN2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String TEKKEN =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static List<String> words(String pattern, List<String> texts) {
    Pattern compiled = Pattern.compile(pattern);
    return texts.stream()
        .flatMap(text -> compiled.matcher(text).results())
        .map(MatchResult::group)
        .toList();
  }

  private static String prose(long seed, String... between) {
    String[] words = {
      "Install",
      "don't",
      "the",
      "v1.2.3",
      "naïve",
      "linux/amd64",
      "安装",
      "x86_64",
      "{\"name\":",
      "\"a-b\"}",
      "**bold**",
      "(see",
      "below).",
      "42",
      "---",
      "😀",
      "foo()",
      "it's"
    };
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    while (text.length() < 5 * TextCutter.PART_CHARS) {
      text.append(words[random.nextInt(words.length)])
          .append(between[random.nextInt(between.length)]);
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {GPT2, QWEN2, TEKKEN})
  void words_are_those_of_the_whole_text(String pattern) {
    for (long seed = 0; seed < 20; seed++) {
      for (String text :
          List.of(
              prose(seed, " ", " ", "\n", "\n\n", "\n    ", "  "),
              prose(seed, " ", "  "),
              prose(seed, ",", "\":[", "/"))) {
        List<String> parts = TextCutter.parts(text);
        assertThat(parts).hasSizeGreaterThan(4);
        assertThat(words(pattern, parts)).isEqualTo(words(pattern, List.of(text)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", ".", "漢", " ", "\n", "9", "'", "😀", "x😀"})
  void a_text_without_a_break_is_cut_between_characters(String unit) {
    String text = unit.repeat(200_000 / unit.length());
    List<String> parts = TextCutter.parts(text);
    assertThat(String.join("", parts)).isEqualTo(text);
    assertThat(parts)
        .allSatisfy(
            part -> {
              assertThat(part.length()).isBetween(1, TextCutter.PART_CHARS);
              assertThat(Character.isLowSurrogate(part.charAt(0))).isFalse();
            });
  }

  @Test
  void a_text_that_is_short_enough_is_left_whole() {
    String text = "a ".repeat(TextCutter.PART_CHARS / 2);
    assertThat(TextCutter.parts(text)).containsExactly(text);
    assertThat(TextCutter.parts("")).isEmpty();
  }
}
