package dev.tsuku.llm.grammar.mask;

import dev.tsuku.llm.grammar.match.Position;
import dev.tsuku.llm.grammar.match.TextLimits;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.vocabulary.StringSlice;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.TextTokens.QuotedEnd;
import dev.tsuku.llm.grammar.vocabulary.TokenTrie;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Tells which tokens of a vocabulary are allowed at a place, and remembers it. */
public final class Masks {

  /** A name that is whole, and another that is begun and ended behind it, have as many. */
  private static final int QUOTES_OF_TWO_NAMES = 3;

  /** Sets with more tokens than this share of a vocabulary are kept as bits. */
  private static final int BITS_IF_ONE_OF = 32;

  private static final long[] NONE = {};

  private final TextTokens tokens;
  private final long mostBytes;
  private final Map<Object, TokenMask> known = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * Masks for a vocabulary.
   *
   * @param mostBytes of memory for those that are remembered
   */
  public Masks(TextTokens tokens, long mostBytes) {
    this.tokens = tokens;
    this.mostBytes = mostBytes;
  }

  /** The vocabulary. */
  public TextTokens tokens() {
    return tokens;
  }

  /**
   * Where a token leads.
   *
   * @return null if it is not allowed
   */
  public @Nullable Position after(Position at, int token) {
    byte[] text = tokens.bytes(token);
    if (text.length == 0) {
      return null;
    }
    Position reached = at;
    for (byte b : text) {
      reached = reached.next(b & 0xff);
      if (reached == null) {
        return null;
      }
    }
    return reached;
  }

  /** All tokens that are allowed. */
  public TokenMask of(Position at) {
    if (!at.isShared()) {
      return make(at);
    }
    Position key = at.alike(tokens.longest());
    TokenMask mask = known.get(key);
    if (mask == null) {
      mask = make(key);
      remember(key, mask);
    }
    return mask;
  }

  private void remember(Object key, TokenMask mask) {
    known.put(key, mask);
    bytes += mask.ownBytes();
    Iterator<TokenMask> oldest = known.values().iterator();
    while (bytes > mostBytes) {
      bytes -= oldest.next().ownBytes();
      oldest.remove();
    }
  }

  private TokenMask make(Position at) {
    Optional<TextLimits> limits = at.text(tokens.longest());
    if (limits.isEmpty()) {
      Tokens found = new Tokens();
      walk(tokens.all(), at, found::add);
      return TokenMask.of(found.sorted());
    }
    TokenMask text = text(limits.get().ways());
    Tokens ending = new Tokens();
    at.named()
        .ifPresent(
            named ->
                walk(
                    tokens.plain(),
                    named,
                    token -> {
                      if (!text.allows(token)) {
                        ending.add(token);
                      }
                    }));
    if (limits.get().endsAlike()) {
      addEnding(at, ending);
    } else {
      walk(tokens.quoted(), at, ending::add);
    }
    return text.with(ending.sorted());
  }

  /** What may follow without a quote. */
  private TokenMask text(List<TextLimits.Way> ways) {
    int most = -1;
    List<TokenMask> others = new ArrayList<>();
    for (TextLimits.Way way : ways) {
      if (way.isAny()) {
        most = Math.max(most, way.most());
      }
    }
    for (TextLimits.Way way : ways) {
      if (!way.isAny() && most < tokens.longest()) {
        others.add(text(way));
      }
    }
    if (most >= 0) {
      StringSlice slice = tokens.slice();
      others.addFirst(TokenMask.shared(slice.set(most), slice.missing(most)));
    }
    if (others.isEmpty()) {
      return TokenMask.of(new int[0]);
    }
    if (others.size() == 1) {
      return others.getFirst();
    }
    long[] all = new long[(tokens.size() + Long.SIZE - 1) / Long.SIZE];
    others.forEach(mask -> mask.forEach(token -> all[token >> 6] |= 1L << token));
    return TokenMask.of(all, new int[0]);
  }

  private TokenMask text(TextLimits.Way way) {
    TokenMask mask = known.get(way);
    if (mask == null) {
      mask = makeText(way);
      remember(way, mask);
    }
    return mask;
  }

  private TokenMask makeText(TextLimits.Way way) {
    TokenTrie trie = tokens.plain();
    boolean isCounted = way.most() != Dfa.UNBOUNDED || way.least() > 0;
    int[] states = new int[trie.deepest() + 1];
    int[] chars = new int[trie.deepest() + 1];
    states[0] = way.state();
    Dfa texts = way.texts();
    Tokens found = new Tokens();
    for (int node = 0; node < trie.size(); ) {
      int depth = trie.depth(node);
      int b = trie.label(node);
      int state = texts.next(states[depth - 1], b);
      chars[depth] = chars[depth - 1] + ((b & 0xc0) == 0x80 ? 0 : 1);
      if (state == Dfa.DEAD || (isCounted && !way.isAlive(state, chars[depth]))) {
        node = trie.end(node);
        continue;
      }
      states[depth] = state;
      trie.texts(node, found::add);
      node++;
    }
    return found.mask(tokens.size());
  }

  private void addEnding(Position at, Tokens found) {
    boolean isName = at.isInName();
    walk(
        tokens.endTrie(),
        at,
        number -> {
          QuotedEnd end = tokens.end(number);
          for (int token : end.tokens()) {
            if (!isName || end.quotes() < QUOTES_OF_TWO_NAMES || after(at, token) != null) {
              found.add(token);
            }
          }
        });
  }

  private static void walk(TokenTrie trie, Position from, IntConsumer sink) {
    Position[] at = new Position[trie.deepest() + 1];
    at[0] = from;
    for (int node = 0; node < trie.size(); ) {
      int depth = trie.depth(node);
      Position reached = at[depth - 1].next(trie.label(node));
      if (reached == null) {
        node = trie.end(node);
        continue;
      }
      at[depth] = reached;
      trie.texts(node, sink);
      node++;
    }
  }

  /** Tokens as they are found. */
  private static final class Tokens {

    private int[] tokens = new int[16];
    private int count;

    void add(int token) {
      if (count == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * count);
      }
      tokens[count++] = token;
    }

    int[] sorted() {
      int[] sorted = Arrays.copyOf(tokens, count);
      Arrays.sort(sorted);
      return sorted;
    }

    TokenMask mask(int size) {
      if (count < size / BITS_IF_ONE_OF) {
        return TokenMask.of(NONE, sorted());
      }
      long[] bits = new long[(size + Long.SIZE - 1) / Long.SIZE];
      for (int i = 0; i < count; i++) {
        bits[tokens[i] >> 6] |= 1L << tokens[i];
      }
      return TokenMask.of(bits, new int[0]);
    }
  }
}
