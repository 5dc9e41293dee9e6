package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What tokens do in a string that may be anything, from their first quote or backslash on: the
 * distinct texts that they end with, by numbers, and the tokens that end with each. Immutable.
 */
public final class QuotedEnds {

  private final TokenTrie trie;

  /** For each end, how many quotes it has. */
  private final int[] quotes;

  /** For each end, where its tokens begin; behind the last one, where those end. */
  private final int[] starts;

  private final int[] tokens;

  private QuotedEnds(TokenTrie trie, int[] quotes, int[] starts, int[] tokens) {
    this.trie = trie;
    this.quotes = quotes;
    this.starts = starts;
    this.tokens = tokens;
  }

  static QuotedEnds of(TokenTexts texts, TokenOrder quoted, TextKinds kinds) {
    Map<String, List<Integer>> byEnd = new LinkedHashMap<>();
    int count = 0;
    for (int i = 0; i < quoted.size(); i++) {
      int token = quoted.text(i);
      int quote = kinds.beforeQuote(token);
      if (quote >= 0) {
        byte[] text = texts.copy(token);
        String end = new String(text, quote, text.length - quote, StandardCharsets.ISO_8859_1);
        byEnd.computeIfAbsent(end, key -> new ArrayList<>()).add(token);
        count++;
      }
    }
    byte[][] ends = new byte[byEnd.size()][];
    int[] quotes = new int[ends.length];
    int[] starts = new int[ends.length + 1];
    int[] tokens = new int[count];
    int number = 0;
    int size = 0;
    for (Map.Entry<String, List<Integer>> end : byEnd.entrySet()) {
      ends[number] = end.getKey().getBytes(StandardCharsets.ISO_8859_1);
      quotes[number] = (int) end.getKey().chars().filter(c -> c == '"').count();
      for (int token : end.getValue()) {
        tokens[size++] = token;
      }
      number++;
      starts[number] = size;
    }
    TokenTexts endTexts = TokenTexts.of(ends);
    return new QuotedEnds(TokenTrie.of(endTexts, TokenOrder.of(endTexts)), quotes, starts, tokens);
  }

  static QuotedEnds readFrom(TableReader in) throws IOException {
    TokenTrie trie = TokenTrie.readFrom(in);
    int[] quotes = in.ints();
    int[] starts = in.ints();
    int[] tokens = in.ints();
    in.require(starts.length == quotes.length + 1 && starts[starts.length - 1] == tokens.length);
    return new QuotedEnds(trie, quotes, starts, tokens);
  }

  void writeTo(TableWriter out) throws IOException {
    trie.writeTo(out);
    out.ints(quotes);
    out.ints(starts);
    out.ints(tokens);
  }

  /** The texts of all ends. */
  public TokenTrie trie() {
    return trie;
  }

  /** How many quotes an end has. */
  public int quotes(int end) {
    return quotes[end];
  }

  /** The tokens that end like this, with any text before. */
  public int[] tokens(int end) {
    return Arrays.copyOfRange(tokens, starts[end], starts[end + 1]);
  }
}
