package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps small blocks of any number of engines in this process. */
final class MemoryPrefixStore implements PrefixStore {

  static final int BLOCK = 16;

  private record Block(String before, int length, ByteBuffer state) {}

  private final Map<String, Block> blocks = new ConcurrentHashMap<>();
  private volatile String form = "";

  /** The opener of this store, for an engine. */
  PrefixStore openedFor(String stateForm) {
    form = stateForm;
    return this;
  }

  int size() {
    return blocks.size();
  }

  @Override
  public int blockTokens() {
    return BLOCK;
  }

  @Override
  public Optional<String> root() {
    return Optional.of(BlockKeys.root(form));
  }

  @Override
  public void prepare() {}

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean contains(String key) {
    return blocks.containsKey(key);
  }

  @Override
  public Optional<ByteBuffer> load(String key, int[] tokens, int depth) {
    return Optional.ofNullable(blocks.get(key)).map(block -> block.state().duplicate());
  }

  @Override
  public boolean touch(String key, int depth) {
    return contains(key);
  }

  @Override
  public List<Integer> tails(String before) {
    return blocks.values().stream()
        .filter(block -> block.length() < BLOCK && block.before().equals(before))
        .map(Block::length)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  @Override
  public boolean save(String before, String key, int[] tokens, int depth, byte[] state) {
    ByteBuffer copy = ByteBuffer.allocateDirect(state.length).put(state).flip();
    blocks.put(key, new Block(before, tokens.length, copy));
    return true;
  }

  @Override
  public void forget(String key) {
    blocks.remove(key);
  }

  @Override
  public void close() {}
}
