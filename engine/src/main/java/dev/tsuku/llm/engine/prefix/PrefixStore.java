package dev.tsuku.llm.engine.prefix;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Where computed prefixes outlive the context: blocks of tokens with the state of the model behind
 * them, each under a key that stands for everything before it as well (see {@link BlockKeys}). All
 * blocks of a prefix are of one size, but for a shorter one at its end, its <em>tail</em>.
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

  /** How many tokens a block has that is no tail. */
  int blockTokens();

  /**
   * The key that all chains of blocks begin with. Empty as long as it is not known; then nothing
   * can be found or kept.
   */
  Optional<String> root();

  /**
   * Told when there is something to keep and no root yet: finding it may be begun. Returns at once.
   */
  void prepare();

  /** Whether anything will ever be kept. */
  boolean isOpen();

  /** Whether there is a block. */
  boolean contains(String key);

  /**
   * Whether there is a block. If so, it is of use: what was so in the last seconds is not forgotten
   * for the sake of another, or two that do not both fit would oust each other for ever.
   *
   * @param depth how many blocks stand before it
   */
  boolean touch(String key, int depth);

  /** How many tokens the tails have that go on from a block, the longest first. */
  List<Integer> tails(String before);

  /**
   * Reads a block that nobody has changed since it was saved.
   *
   * @param depth how many blocks stand before it
   * @return native memory, valid until the next call; empty if there is none, or none that can be
   *     trusted, which is then forgotten
   */
  Optional<ByteBuffer> load(String key, int[] tokens, int depth);

  /**
   * Keeps a block, or a tail where there are fewer tokens.
   *
   * @param before the key before it
   * @param depth how many blocks stand before it
   * @return whether it is there now; false as well where only others that are of use could make
   *     room for it
   */
  boolean save(String before, String key, int[] tokens, int depth, byte[] state);

  /** Forgets a block that was of no use. */
  void forget(String key);

  @Override
  void close();
}
