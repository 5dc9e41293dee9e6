package dev.tsuku.llm.grammar.mask;

import dev.tsuku.llm.grammar.match.TextLimits;
import dev.tsuku.llm.grammar.match.WorkBudget;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.StringRule;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.TokenTrie;
import org.jspecify.annotations.Nullable;

/** Which tokens without quotes may follow in strings, wherever they stand: for all schemas. */
public final class TextMasks {

  private static final long MOST_BYTES = 16 << 20;
  private static final int[] NO_OTHERS = {};

  private final TextTokens tokens;
  private final MaskCache<TextLimits.Way> known = new MaskCache<>(MOST_BYTES);

  /** Masks for a vocabulary. */
  public TextMasks(TextTokens tokens) {
    this.tokens = tokens;
  }

  /** The vocabulary. */
  public TextTokens tokens() {
    return tokens;
  }

  /** The tokens that may follow; null if the budget is exhausted before that is known. */
  @Nullable TokenMask of(TextLimits.Way way, WorkBudget budget) {
    return known.get(way, key -> make(key, budget));
  }

  private @Nullable TokenMask make(TextLimits.Way way, WorkBudget budget) {
    long[] bits = new long[(tokens.size() + Long.SIZE - 1) / Long.SIZE];
    if (way.most() == Dfa.UNBOUNDED && way.least() == 0) {
      tokens.plain().mark(way.texts(), way.state(), bits, budget::allows);
    } else {
      markCounted(way, budget, bits);
    }
    return budget.isExhausted() ? null : TokenMask.of(bits, NO_OTHERS);
  }

  private void markCounted(TextLimits.Way way, WorkBudget budget, long[] bits) {
    TokenTrie trie = tokens.plain();
    int[] states = new int[trie.deepest() + 1];
    int[] chars = new int[trie.deepest() + 1];
    states[0] = way.state();
    Dfa texts = way.texts();
    StringRule rule = new StringRule(texts, way.least(), way.most());
    for (int node = 0; node < trie.size() && budget.allows(); ) {
      int depth = trie.depth(node);
      int b = trie.label(node);
      int state = texts.next(states[depth - 1], b);
      chars[depth] = chars[depth - 1] + ((b & 0xc0) == 0x80 ? 0 : 1);
      if (!rule.isAlive(state, chars[depth])) {
        node = trie.end(node);
        continue;
      }
      states[depth] = state;
      trie.mark(node, bits);
      node++;
    }
  }
}
