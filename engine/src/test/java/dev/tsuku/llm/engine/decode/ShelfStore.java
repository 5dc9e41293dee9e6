package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Keeps blocks in this process. */
final class ShelfStore implements PrefixStore {

  static final int BLOCK = 16;

  private record Block(String tokens, ByteBuffer state) {}

  final Map<String, Object> blocks = new HashMap<>();
  BooleanSupplier fails = () -> false;
  int loads;

  @Override
  public int blockTokens() {
    return BLOCK;
  }

  @Override
  public Optional<String> root() {
    return Optional.of(BlockKeys.root("shelf"));
  }

  @Override
  public void onQuiet() {}

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
    if (fails.getAsBoolean() || !(blocks.get(key) instanceof Block block)) {
      return Optional.empty();
    }
    assertThat(block.tokens()).isEqualTo(Arrays.toString(tokens));
    return Optional.of(block.state().duplicate());
  }

  @Override
  public boolean save(String key, int[] tokens, int depth, byte[] state) {
    assertThat(tokens).hasSize(BLOCK);
    if (fails.getAsBoolean()) {
      return false;
    }
    blocks.put(key, new Block(Arrays.toString(tokens), ByteBuffer.wrap(state)));
    return true;
  }

  @Override
  public void forget(String key) {
    blocks.remove(key);
  }

  @Override
  public void close() {}
}
