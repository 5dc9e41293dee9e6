package dev.tsuku.llm.grammar.mask;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A cache of token masks within a bound on memory; the least recently used are dropped first. */
final class MaskCache<K> {

  private final long mostBytes;
  private final Map<K, TokenMask> known = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  MaskCache(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * The mask for a key.
   *
   * @param maker may give null, which is not kept
   */
  @Nullable TokenMask get(K key, Function<K, @Nullable TokenMask> maker) {
    TokenMask mask = known.get(key);
    if (mask == null) {
      mask = maker.apply(key);
      if (mask == null) {
        return null;
      }
      TokenMask before = known.put(key, mask);
      bytes += mask.ownBytes() - (before == null ? 0 : before.ownBytes());
      Iterator<TokenMask> oldest = known.values().iterator();
      while (bytes > mostBytes) {
        bytes -= oldest.next().ownBytes();
        oldest.remove();
      }
    }
    return mask;
  }
}
