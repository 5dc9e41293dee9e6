package dev.tsuku.llm.engine.prefix;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Keeps nothing. */
final class NoPrefixStore implements PrefixStore {

  @Override
  public int blockTokens() {
    return 1;
  }

  @Override
  public Optional<String> root() {
    return Optional.empty();
  }

  @Override
  public void prepare() {}

  @Override
  public boolean isOpen() {
    return false;
  }

  @Override
  public boolean contains(String key) {
    return false;
  }

  @Override
  public Optional<ByteBuffer> load(String key, int[] tokens, int depth) {
    return Optional.empty();
  }

  @Override
  public boolean touch(String key, int depth) {
    return false;
  }

  @Override
  public List<Integer> tails(String before) {
    return List.of();
  }

  @Override
  public boolean save(String before, String key, int[] tokens, int depth, byte[] state) {
    return false;
  }

  @Override
  public void forget(String key) {}

  @Override
  public void close() {}
}
