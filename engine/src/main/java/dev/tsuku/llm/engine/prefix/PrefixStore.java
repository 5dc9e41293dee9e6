package dev.tsuku.llm.engine.prefix;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Where computed prefixes outlive the engine: blocks of tokens with the state of the model behind
 * them, each under a key that stands for everything before it as well (see {@link BlockKeys}).
 *
 * <p>Called by the decode thread, which others wait for: nothing here waits for long, and nothing
 * throws. What cannot be had is not there, and what cannot be kept is lost.
 */
public interface PrefixStore extends AutoCloseable {

  /** Keeps nothing. */
  PrefixStore NONE = new NoPrefixStore();

  /** Opens a store for one model in one context. */
  @FunctionalInterface
  interface Opener {

    /**
     * Opens at once; what takes long is done behind the caller's back.
     *
     * @param stateForm a text that differs where states do not fit each other
     */
    PrefixStore open(String stateForm);
  }

  /** How many tokens a block has. */
  int blockTokens();

  /**
   * The key that all chains of blocks begin with. Empty as long as it is not known; then nothing
   * can be found or kept.
   */
  Optional<String> root();

  /** Told now and then while there is nothing to compute: what takes long may be begun. */
  void onQuiet();

  /** Whether anything will ever be kept. */
  boolean isOpen();

  /** Whether there is a block. */
  boolean contains(String key);

  /**
   * Reads a block that nobody has changed since it was saved.
   *
   * @param depth how many blocks stand before it
   * @return native memory, valid until the next call; empty if there is none, or none that can be
   *     trusted, which is then forgotten
   */
  Optional<ByteBuffer> load(String key, int[] tokens, int depth);

  /**
   * Keeps a block.
   *
   * @param depth how many blocks stand before it
   * @return whether it is there now
   */
  boolean save(String key, int[] tokens, int depth, byte[] state);

  /** Forgets a block that was of no use. */
  void forget(String key);

  @Override
  void close();
}
