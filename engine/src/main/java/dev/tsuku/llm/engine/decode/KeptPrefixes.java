package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings prefixes from a {@link PrefixStore} into the context and from there into the store, a
 * block at a time, so that whoever comes meanwhile waits for one block at most. Belongs to the
 * decode thread.
 *
 * <p>A block passes through a sequence of the context that is there for nothing else, because the
 * backend saves and restores whole sequences, and copying a part of one costs nothing.
 */
final class KeptPrefixes {

  private static final Logger LOG = System.getLogger(KeptPrefixes.class.getName());

  /** What there was to be saved. */
  enum Saved {
    /** A block was; there may be more. */
    ONE,
    /** There is something, but the store cannot take it yet. */
    NOT_YET,
    /** There was nothing, or it cannot be kept. */
    NOTHING
  }

  private final PrefixStore store;
  private final BackendContext context;
  private final ContextMemory memory;
  private final int passage;

  /**
   * Connects a store and a context.
   *
   * @param passage a sequence of the context that nobody else uses
   */
  KeptPrefixes(PrefixStore store, BackendContext context, ContextMemory memory, int passage) {
    this.store = store;
    this.context = context;
    this.memory = memory;
    this.passage = passage;
  }

  private boolean isUsable() {
    return context.sharesPrefixes() && store.root().isPresent();
  }

  /** Whether anything can be kept, now or later. */
  boolean mayKeep() {
    return context.sharesPrefixes() && store.isOpen();
  }

  /**
   * The keys of the blocks that a sequence could begin with, from the first on; none if it holds as
   * many tokens already.
   */
  List<String> available(TokenList tokens, int held) {
    if (!isUsable()) {
      return List.of();
    }
    List<String> keys = new ArrayList<>();
    String key = store.root().orElseThrow();
    int size = store.blockTokens();
    // The last token is always computed, for its logits.
    for (int end = size; end < tokens.size(); end += size) {
      key = BlockKeys.next(key, tokens.copy(end - size, end));
      if (!store.contains(key)) {
        break;
      }
      keys.add(key);
    }
    return keys.size() * size > held ? keys : List.of();
  }

  /** Brings the next block for a sequence, or finds that there are no more. */
  void restoreNext(Sequence sequence) {
    int size = store.blockTokens();
    int block = sequence.evaluated() / size;
    List<String> keys = sequence.kept();
    if (block >= keys.size()) {
      sequence.noMoreKept();
      return;
    }
    int from = block * size;
    int to = from + size;
    Optional<ByteBuffer> state =
        store.load(keys.get(block), sequence.tokens().copy(from, to), block);
    if (state.isEmpty() || !restore(state.get())) {
      state.ifPresent(unfit -> store.forget(keys.get(block)));
      sequence.noMoreKept();
      return;
    }
    context.copy(passage, sequence.number(), sequence.evaluated(), to);
    context.remove(passage, 0, BackendContext.END);
    sequence.restoredUntil(to);
    memory.noteGrown(sequence.number(), sequence.tokens(), to);
  }

  private boolean restore(ByteBuffer state) {
    try {
      context.restore(passage, state);
      return true;
    } catch (BackendException noRoom) {
      if (!memory.makeRoom(store.blockTokens())) {
        return false;
      }
    }
    try {
      context.restore(passage, state.rewind());
      return true;
    } catch (BackendException e) {
      LOG.log(Level.INFO, "a kept prefix is not used: {0}", e.getMessage());
      return false;
    }
  }

  /** Saves a block that is not kept yet. */
  Saved saveNext() {
    if (!mayKeep() || !hasBlocks()) {
      return Saved.NOTHING;
    }
    if (!isUsable()) {
      store.onQuiet();
      return Saved.NOT_YET;
    }
    for (int sequence : memory.lastUsedFirst()) {
      TokenList tokens = memory.tokens(sequence);
      int size = store.blockTokens();
      String key = store.root().orElseThrow();
      for (int from = 0; from + size <= tokens.size(); from += size) {
        int[] block = tokens.copy(from, from + size);
        key = BlockKeys.next(key, block);
        if (!store.contains(key)) {
          return save(sequence, from, block, key) ? Saved.ONE : Saved.NOTHING;
        }
      }
    }
    return Saved.NOTHING;
  }

  private boolean hasBlocks() {
    return memory.lastUsedFirst().stream()
        .anyMatch(sequence -> memory.noted(sequence) >= store.blockTokens());
  }

  private boolean save(int sequence, int from, int[] block, String key) {
    context.copy(sequence, passage, from, from + block.length);
    try {
      return store.save(key, block, from / block.length, context.save(passage));
    } catch (BackendException e) {
      LOG.log(Level.INFO, "a prefix cannot be kept: {0}", e.getMessage());
      return false;
    } finally {
      context.remove(passage, 0, BackendContext.END);
    }
  }
}
