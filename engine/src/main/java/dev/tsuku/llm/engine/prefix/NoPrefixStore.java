package dev.tsuku.llm.engine.prefix;

import java.nio.ByteBuffer;
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
  public void onQuiet() {}

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
  public boolean save(String key, int[] tokens, int depth, byte[] state) {
    return false;
  }

  @Override
  public void forget(String key) {}

  @Override
  public void close() {}
}
