package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.PromptPiece.Origin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The 256 bytes, pieces of text, and tags that are tokens of their own and stand for no text. */
final class TagVocabulary implements Vocabulary {

  private final List<byte[]> pieces = new ArrayList<>();
  private final int length;
  private final List<String> tags;
  private final Set<String> ends;

  /**
   * A vocabulary that can spell anything.
   *
   * @param text of which there are pieces
   * @param length of the pieces, in bytes
   * @param ends those of the tags that end an answer
   */
  TagVocabulary(String text, int length, List<String> tags, Set<String> ends) {
    this.length = length;
    this.tags = List.copyOf(tags);
    this.ends = Set.copyOf(ends);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; length > 1 && from + length <= bytes.length; from++) {
      byte[] piece = Arrays.copyOfRange(bytes, from, from + length);
      if (indexOf(piece) < 0) {
        pieces.add(piece);
      }
    }
  }

  @Override
  public int size() {
    return 256 + pieces.size() + tags.size();
  }

  @Override
  public int[] tokenize(String text, SpecialTokens special, boolean start) {
    return tokens(
        List.of(
            new PromptPiece(
                text, special == SpecialTokens.PARSED ? Origin.FORMAT : Origin.CONTENT)));
  }

  /** Pieces of a prompt as tokens: tags only where the format wrote them. */
  int[] tokens(List<PromptPiece> prompt) {
    List<Integer> tokens = new ArrayList<>();
    StringBuilder run = new StringBuilder();
    for (PromptPiece piece : prompt) {
      String text = piece.text();
      for (int i = 0; i < text.length(); ) {
        int tag = piece.origin() == Origin.FORMAT ? tagAt(text, i) : -1;
        if (tag < 0) {
          run.append(text.charAt(i++));
          continue;
        }
        spell(run, tokens);
        tokens.add(256 + pieces.size() + tag);
        i += tags.get(tag).length();
      }
    }
    spell(run, tokens);
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private int tagAt(String text, int index) {
    int longest = -1;
    for (int tag = 0; tag < tags.size(); tag++) {
      if (text.startsWith(tags.get(tag), index)
          && (longest < 0 || tags.get(tag).length() > tags.get(longest).length())) {
        longest = tag;
      }
    }
    return longest;
  }

  private void spell(StringBuilder run, List<Integer> tokens) {
    byte[] bytes = run.toString().getBytes(StandardCharsets.UTF_8);
    run.setLength(0);
    for (int from = 0; from < bytes.length; from += length) {
      byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + length));
      int known = indexOf(piece);
      if (known >= 0) {
        tokens.add(256 + known);
      } else {
        for (byte b : piece) {
          tokens.add(b & 0xff);
        }
      }
    }
  }

  private int indexOf(byte[] piece) {
    for (int i = 0; i < pieces.size(); i++) {
      if (Arrays.equals(pieces.get(i), piece)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public byte[] bytes(int token) {
    if (token < 256) {
      return new byte[] {(byte) token};
    }
    return isControl(token) ? new byte[0] : pieces.get(token - 256);
  }

  @Override
  public String text(int token) {
    return isControl(token)
        ? tags.get(token - 256 - pieces.size())
        : new String(bytes(token), StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean endsGeneration(int token) {
    return isControl(token) && ends.contains(text(token));
  }

  @Override
  public boolean isControl(int token) {
    return token >= 256 + pieces.size();
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
    return OptionalInt.empty();
  }

  @Override
  public OptionalInt specialToken(String text) {
    int tag = tags.indexOf(text);
    return tag < 0 ? OptionalInt.empty() : OptionalInt.of(256 + pieces.size() + tag);
  }
}
