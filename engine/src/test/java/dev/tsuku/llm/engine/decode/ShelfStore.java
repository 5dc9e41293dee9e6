package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Keeps blocks in this process. */
final class ShelfStore implements PrefixStore {

  static final int BLOCK = 16;

  record Block(String before, int length, String tokens, ByteBuffer state) {}

  final Map<String, Block> blocks = new HashMap<>();
  BooleanSupplier fails = () -> false;
  int loads;

  static boolean isTail(Block block) {
    return block.length() < BLOCK;
  }

  @Override
  public int blockTokens() {
    return BLOCK;
  }

  @Override
  public Optional<String> root() {
    return Optional.of(BlockKeys.root("shelf"));
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
    loads++;
    Block block = blocks.get(key);
    if (block == null || fails.getAsBoolean()) {
      return Optional.empty();
    }
    assertThat(block.tokens()).isEqualTo(Arrays.toString(tokens));
    return Optional.of(block.state().duplicate());
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
    assertThat(tokens).hasSizeBetween(1, BLOCK);
    assertThat(key).isEqualTo(BlockKeys.next(before, tokens));
    if (fails.getAsBoolean()) {
      return false;
    }
    blocks.put(
        key, new Block(before, tokens.length, Arrays.toString(tokens), ByteBuffer.wrap(state)));
    return true;
  }

  @Override
  public void forget(String key) {
    blocks.remove(key);
  }

  @Override
  public void close() {}
}
