package dev.tsuku.llm.grammar.mask;

import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.TextLimits;
import dev.tsuku.llm.grammar.match.WorkBudget;
import dev.tsuku.llm.grammar.vocabulary.QuotedEnds;
import dev.tsuku.llm.grammar.vocabulary.StringSlice;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.TokenTrie;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Computes the token masks of one schema's states for a vocabulary, and caches them. */
public final class TokenMasks {

  /** A name that is whole, and another that is begun and ended behind it, have as many. */
  private static final int QUOTES_OF_TWO_NAMES = 3;

  /** No token that matters is longer than this where the text before it is fixed. */
  private static final int MOST_OPEN = 16;

  private final TextMasks texts;
  private final TextTokens tokens;
  private final MaskCache<MatcherState> known;

  /** For the next search; null while one is under way, since that may give way to another. */
  private @Nullable FoundTokens spare;

  private Object lastEndsKey = "";
  private int[] lastEnds = {};

  /**
   * Masks for the states of one schema.
   *
   * @param texts what is the same for all schemas
   * @param mostBytes of memory for those that are remembered
   */
  public TokenMasks(TextMasks texts, long mostBytes) {
    this.texts = texts;
    this.tokens = texts.tokens();
    this.known = new MaskCache<>(mostBytes);
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
  public @Nullable MatcherState after(MatcherState at, int token) {
    int length = tokens.length(token);
    if (length == 0) {
      return at.next(MatcherState.MARK + token);
    }
    MatcherState reached = at;
    for (int i = 0; i < length; i++) {
      reached = reached.next(tokens.byteAt(token, i));
      if (reached == null) {
        return null;
      }
    }
    return reached;
  }

  /** All tokens that are allowed. */
  public TokenMask of(MatcherState at) {
    return Objects.requireNonNull(of(at, WorkBudget.unlimited()));
  }

  /**
   * All tokens that are allowed.
   *
   * @return null if the budget is exhausted before they are known
   */
  public @Nullable TokenMask of(MatcherState at, WorkBudget budget) {
    if (!at.isShared()) {
      return make(at, budget);
    }
    return known.get(at.alike(tokens.longest()), key -> make(key, budget));
  }

  /**
   * Where tokens that begin in a text may go on behind it, so that one cannot know yet which tokens
   * the end of the text will be.
   *
   * @param text what must come
   * @param behind where it leads
   * @return the first index in the text at which such a token begins; its length if there is none
   */
  public int firstOpen(byte[] text, MatcherState behind) {
    TokenTrie trie = tokens.all();
    for (int from = Math.max(0, text.length - MOST_OPEN); from < text.length; from++) {
      int node = trie.find(text, from);
      if (node >= 0 && hasMore(trie, node, behind)) {
        return from;
      }
    }
    return text.length;
  }

  /** Whether a text of the tree that begins like a node may go on at a place. */
  private static boolean hasMore(TokenTrie trie, int from, MatcherState behind) {
    MatcherState[] at = new MatcherState[trie.deepest() + 1];
    at[trie.depth(from)] = behind;
    for (int node = from + 1; node < trie.end(from); ) {
      int depth = trie.depth(node);
      MatcherState reached = at[depth - 1].next(trie.label(node));
      if (reached == null) {
        node = trie.end(node);
        continue;
      }
      if (trie.hasText(node)) {
        return true;
      }
      at[depth] = reached;
      node++;
    }
    return false;
  }

  /**
   * Symbols as tokens, the longest first; not as a tokenizer would have them.
   *
   * @return null if the vocabulary has no token for one of the bytes
   */
  public int @Nullable [] spell(String symbols) {
    IntStream.Builder spelled = IntStream.builder();
    int from = 0;
    int[] all = symbols.codePoints().toArray();
    for (int i = 0; i <= all.length; i++) {
      if (i < all.length && all[i] < MatcherState.MARK) {
        continue;
      }
      byte[] text = new byte[i - from];
      for (int b = 0; b < text.length; b++) {
        text[b] = (byte) all[from + b];
      }
      int[] run = tokens.spell(text);
      if (run == null) {
        return null;
      }
      Arrays.stream(run).forEach(spelled);
      if (i < all.length) {
        spelled.add(all[i] - MatcherState.MARK);
      }
      from = i + 1;
    }
    return spelled.build().toArray();
  }

  private @Nullable TokenMask make(MatcherState at, WorkBudget budget) {
    TokenMask mask = made(at, budget);
    return budget.isExhausted() ? null : mask;
  }

  private @Nullable TokenMask made(MatcherState at, WorkBudget budget) {
    FoundTokens mine = spare == null ? new FoundTokens() : spare;
    spare = null;
    mine.clear();
    TokenMask mask = made(at, budget, mine);
    spare = mine.isLarge() ? null : mine;
    return mask;
  }

  private @Nullable TokenMask made(MatcherState at, WorkBudget budget, FoundTokens found) {
    if (at.isProse()) {
      for (int token = 0; token < tokens.size() && budget.allows(); token++) {
        if (after(at, token) != null) {
          found.add(token);
        }
      }
      return found.mask(tokens.size());
    }
    Optional<TextLimits> limits = at.text(tokens.longest());
    if (limits.isEmpty()) {
      walk(tokens.all(), at, budget, found::add);
      at.marks().forEach(found::add);
      return found.mask(tokens.size());
    }
    TokenMask text = text(limits.get().ways(), budget);
    if (text == null) {
      return null;
    }
    at.named()
        .ifPresent(
            named ->
                walk(
                    tokens.plain(),
                    named,
                    budget,
                    token -> {
                      if (!text.allows(token)) {
                        found.add(token);
                      }
                    }));
    if (limits.get().endsAlike()) {
      addEnding(at, budget, found);
    } else {
      walk(tokens.quoted(), at, budget, found::add);
    }
    return found.with(text, tokens.size());
  }

  /** What may follow without a quote. */
  private @Nullable TokenMask text(List<TextLimits.Way> ways, WorkBudget budget) {
    int most = -1;
    List<TokenMask> others = new ArrayList<>();
    for (TextLimits.Way way : ways) {
      if (way.isAny()) {
        most = Math.max(most, way.most());
      }
    }
    for (TextLimits.Way way : ways) {
      if (!way.isAny() && most < tokens.longest()) {
        TokenMask other = texts.of(way, budget);
        if (other == null) {
          return null;
        }
        others.add(other);
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

  /** Adds what may come with a quote or an escape, where it does not matter what comes before. */
  private void addEnding(MatcherState at, WorkBudget budget, FoundTokens found) {
    boolean isName = at.invented().isPresent();
    BitSet known = new BitSet();
    at.endsOfKnownNames().forEach(rest -> quotedBehind(rest, known::set));
    QuotedEnds ends = tokens.ends();
    for (int end : ends(at, budget)) {
      boolean isSure = !isName || ends.quotes(end) < QUOTES_OF_TWO_NAMES;
      for (int token : ends.tokens(end)) {
        if (budget.allows() && !known.get(token) && (isSure || after(at, token) != null)) {
          found.add(token);
        }
      }
    }
    for (int token = known.nextSetBit(0); token >= 0; token = known.nextSetBit(token + 1)) {
      if (budget.allows() && after(at, token) != null) {
        found.add(token);
      }
    }
  }

  /** The ends of tokens that may come: the same ones all along a name that nothing speaks of. */
  private int[] ends(MatcherState at, WorkBudget budget) {
    Object key = at.endsKey();
    if (!key.equals(lastEndsKey)) {
      IntStream.Builder all = IntStream.builder();
      walk(tokens.ends().trie(), at.invented().orElse(at), budget, all::add);
      lastEnds = all.build().toArray();
      lastEndsKey = budget.isExhausted() ? "" : key;
    }
    return lastEnds;
  }

  /** Tells the tokens that are some text with a quote or a backslash behind it, or an end of it. */
  private void quotedBehind(byte[] text, IntConsumer sink) {
    TokenTrie trie = tokens.quoted();
    int node = 0;
    int end = trie.size();
    for (int i = 0; ; i++) {
      for (int next = node; next < end; next = trie.end(next)) {
        // What escapes something may be any name that has something to escape.
        if ((i == text.length && trie.label(next) == '"') || trie.label(next) == '\\') {
          for (int below = next; below < trie.end(next); below++) {
            trie.texts(below, sink);
          }
        }
      }
      while (i < text.length && node < end && trie.label(node) != (text[i] & 0xff)) {
        node = trie.end(node);
      }
      if (i >= text.length || node >= end) {
        return;
      }
      end = trie.end(node);
      node++;
    }
  }

  private static void walk(TokenTrie trie, MatcherState from, WorkBudget budget, IntConsumer sink) {
    MatcherState[] at = new MatcherState[trie.deepest() + 1];
    at[0] = from;
    for (int node = 0; node < trie.size() && budget.allows(); ) {
      int depth = trie.depth(node);
      int b = trie.label(node);
      MatcherState before = at[depth - 1];
      MatcherState reached = before.mayBegin(b) ? before.next(b) : null;
      if (reached == null) {
        node = trie.end(node);
        continue;
      }
      at[depth] = reached;
      trie.texts(node, sink);
      node++;
    }
  }
}
