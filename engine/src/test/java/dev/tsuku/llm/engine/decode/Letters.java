package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/**
 * A vocabulary of the letters a to z and an end, and a model of it: what it says next is a function
 * of everything before, so that one wrong token anywhere gives another answer. Like a real one, it
 * likes to repeat what followed the same letter before.
 */
final class Letters implements Vocabulary {

  static final int END = 26;

  /** The whole answer to a prompt, at most {@code max} letters. */
  static String answer(String prompt, int max) {
    StringBuilder all = new StringBuilder(prompt);
    for (int i = 0; i < max; i++) {
      int next = next(all.chars().mapToObj(c -> c - 'a').toList());
      if (next == END) {
        break;
      }
      all.append((char) ('a' + next));
    }
    return all.substring(prompt.length());
  }

  static int next(List<Integer> before) {
    int hash = 17;
    for (int token : before) {
      hash = hash * 31 + token + 1;
    }
    int mixed = (hash ^ (hash >>> 15)) * 0x2c1b3c6d;
    int choice = Math.floorMod(mixed ^ (mixed >>> 13), 400);
    if (choice >= 390) {
      return END;
    }
    int repeated = choice % 5 == 0 ? -1 : behindTheSame(before);
    return repeated < 0 ? choice % 26 : repeated;
  }

  /** What followed when the last letter stood there before; -1 if it never did. */
  private static int behindTheSame(List<Integer> before) {
    int last = before.size() - 1;
    int same = before.subList(0, last).lastIndexOf(before.get(last));
    return same < 0 ? -1 : before.get(same + 1);
  }

  @Override
  public int size() {
    return 27;
  }

  @Override
  public int[] tokenize(String text, SpecialTokens special, boolean start) {
    return text.chars().map(c -> c - 'a').toArray();
  }

  @Override
  public byte[] bytes(int token) {
    return token == END ? new byte[0] : new byte[] {(byte) ('a' + token)};
  }

  @Override
  public String text(int token) {
    return token == END ? "<end>" : String.valueOf((char) ('a' + token));
  }

  @Override
  public boolean endsGeneration(int token) {
    return token == END;
  }

  @Override
  public boolean isControl(int token) {
    return token == END;
  }

  @Override
  public OptionalInt startToken() {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt bosToken() {
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt eosToken() {
    return OptionalInt.of(END);
  }

  @Override
  public OptionalInt specialToken(String text) {
    return OptionalInt.empty();
  }
}
