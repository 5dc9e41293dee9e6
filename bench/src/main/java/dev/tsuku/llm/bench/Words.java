package dev.tsuku.llm.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Texts of words that are about a token each in most vocabularies. */
final class Words {

  private static final List<String> WORDS =
      List.of("the", "a", "of", "and", "tool", "file", "name", "linux", "release", "binary");

  private Words() {}

  /** So many words, with one space between. */
  static String text(Random random, int count) {
    String[] words = new String[count];
    Arrays.setAll(words, i -> WORDS.get(random.nextInt(WORDS.size())));
    return String.join(" ", words);
  }
}
