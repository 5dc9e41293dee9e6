package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.backend.SequenceState;
import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and writes the prefix cache: moves computed prefixes between a {@link PrefixStore} and the
 * context, one block per step, so that a request that arrives meanwhile waits for one block at
 * most. Belongs to the decode thread.
 *
 * <p>The backend saves and restores whole sequences, so blocks are cut from the state of one, which
 * is held until the last has been cut or there is other work; and they are gathered outside of the
 * context until the sequence is whole.
 */
final class PrefixCache {

  private static final Logger LOG = System.getLogger(PrefixCache.class.getName());

  /** A tail of less than this part of a block is computed sooner than it is looked after. */
  private static final int TAIL_PART = 16;

  /** What there was to be saved. */
  enum Saved {
    /** A block was; there may be more. */
    ONE,
    /** There is something, but the store cannot take it yet. */
    NOT_YET,
    /** There was nothing, or it cannot be kept. */
    NOTHING
  }

  /**
   * A block of the tokens of a sequence.
   *
   * @param before the key before it
   * @param from index of its first token
   * @param to index behind its last one
   */
  record Block(String before, String key, int from, int to) {}

  private final PrefixStore store;
  private final BackendContext context;
  private final KvCache memory;

  /** What blocks are being cut from. */
  private Optional<Held> held = Optional.empty();

  /** What could not be saved, by sequence: another try would end in the same way. */
  private final Map<Integer, TokenList> refused = new HashMap<>();

  /** The state of a sequence as it was when it had these tokens. */
  private record Held(int sequence, TokenList tokens, int length, SequenceState state) {}

  PrefixCache(PrefixStore store, BackendContext context, KvCache memory) {
    this.store = store;
    this.context = context;
    this.memory = memory;
  }

  private boolean isUsable() {
    return movesParts() && store.root().isPresent();
  }

  /** Whether anything can be kept, now or later. */
  boolean mayKeep() {
    return movesParts() && store.isOpen();
  }

  private boolean movesParts() {
    return context.sharesPrefixes() && context.movesStates();
  }

  /**
   * The blocks that a sequence could begin with, from the first on; none if it holds as many tokens
   * already.
   */
  List<Block> available(TokenList tokens, int held) {
    if (!isUsable()) {
      return List.of();
    }
    List<Block> blocks = new ArrayList<>();
    String key = store.root().orElseThrow();
    int end = 0;
    for (Block block : blocksOf(tokens)) {
      if (!store.contains(block.key())) {
        break;
      }
      blocks.add(block);
      key = block.key();
      end = block.to();
    }
    for (int length : store.tails(key)) {
      if (end + length <= tokens.size()) {
        String tail = BlockKeys.next(key, tokens.copy(end, end + length));
        if (store.contains(tail)) {
          blocks.add(new Block(key, tail, end, end + length));
          end += length;
          break;
        }
      }
    }
    return Math.min(end, mostOf(tokens)) > held ? blocks : List.of();
  }

  /** The last token is always computed, for its logits. */
  private static int mostOf(TokenList tokens) {
    return tokens.size() - 1;
  }

  /** The whole blocks of some tokens, whether they are kept or not. */
  private List<Block> blocksOf(TokenList tokens) {
    List<Block> blocks = new ArrayList<>();
    String key = store.root().orElseThrow();
    int size = store.blockTokens();
    for (int from = 0; from + size <= tokens.size(); from += size) {
      String next = BlockKeys.next(key, tokens.copy(from, from + size));
      blocks.add(new Block(key, next, from, from + size));
      key = next;
    }
    return blocks;
  }

  /**
   * Brings the next block for a sequence; once there are no more, or one cannot be had, makes the
   * sequence of what was brought.
   */
  void restoreNext(Sequence sequence) {
    List<Block> blocks = sequence.kept();
    SequenceBuilder builder =
        sequence.restoring(() -> context.build(sequence.number(), blocks.getLast().to()));
    Optional<Block> next =
        blocks.stream().filter(block -> block.from() == builder.tokens()).findFirst();
    if (next.isPresent() && add(next.get(), sequence.tokens(), builder)) {
      return;
    }
    try {
      if (Math.min(builder.tokens(), mostOf(sequence.tokens())) > sequence.evaluated()) {
        finish(sequence, builder);
      }
    } finally {
      sequence.noMoreKept();
    }
  }

  private void finish(Sequence sequence, SequenceBuilder builder) {
    try {
      builder.finish();
      int length =
          memory.trim(sequence.number(), Math.min(builder.tokens(), mostOf(sequence.tokens())));
      sequence.restoredUntil(length);
    } catch (BackendException e) {
      LOG.log(Level.INFO, "a kept prefix is not used: {0}", e.getMessage());
      if (e.kind() == BackendException.Kind.STATE_REFUSED) {
        sequence.kept().forEach(block -> store.forget(block.key()));
        sequence.restoredUntil(memory.trim(sequence.number(), 0));
      }
    } catch (OutOfMemoryError e) {
      LOG.log(Level.WARNING, "a kept prefix is not used: {0}", e.getMessage());
      sequence.restoredUntil(memory.trim(sequence.number(), 0));
    }
    memory.noteGrown(sequence.number(), sequence.tokens(), sequence.evaluated());
  }

  private boolean add(Block block, TokenList tokens, SequenceBuilder builder) {
    try {
      Optional<ByteBuffer> state =
          store.load(block.key(), tokens.copy(block.from(), block.to()), depth(block));
      state.ifPresent(found -> builder.add(found.rewind()));
      return state.isPresent();
    } catch (BackendException e) {
      LOG.log(Level.INFO, "a kept block is not used: {0}", e.getMessage());
      if (e.kind() == BackendException.Kind.STATE_REFUSED) {
        // It would be refused each time; what is computed instead takes its place.
        store.forget(block.key());
      }
      return false;
    } catch (OutOfMemoryError e) {
      LOG.log(Level.WARNING, "a kept prefix is not used: {0}", e.getMessage());
      return false;
    }
  }

  private int depth(Block block) {
    return block.from() / store.blockTokens();
  }

  /** Saves a block that is not kept yet. */
  Saved saveNext() {
    if (!mayKeep() || worthKeeping().isEmpty()) {
      return Saved.NOTHING;
    }
    if (!isUsable()) {
      store.prepare();
      return Saved.NOT_YET;
    }
    for (int sequence : worthKeeping()) {
      Optional<Block> missing = firstMissing(noted(sequence));
      if (missing.isPresent()) {
        try {
          return save(sequence, missing.get()) ? Saved.ONE : Saved.NOTHING;
        } catch (BackendException | OutOfMemoryError e) {
          // A block of a large model is some hundred MiB, and the heap is small.
          LOG.log(Level.INFO, "a prefix cannot be kept: {0}", e.getMessage());
          refused.put(sequence, memory.tokens(sequence));
        }
      }
    }
    return Saved.NOTHING;
  }

  private TokenList noted(int sequence) {
    return new TokenList(memory.tokens(sequence).copy(0, memory.noted(sequence)));
  }

  /** What is shorter than a block is soon computed again. */
  private List<Integer> worthKeeping() {
    return memory.lastUsedFirst().stream()
        .filter(sequence -> memory.noted(sequence) >= store.blockTokens())
        .filter(sequence -> refused.get(sequence) != memory.tokens(sequence))
        .toList();
  }

  /** The first block that is not kept, the tail included. */
  private Optional<Block> firstMissing(TokenList tokens) {
    String key = store.root().orElseThrow();
    int end = 0;
    for (Block block : blocksOf(tokens)) {
      if (!store.touch(block.key(), depth(block))) {
        return Optional.of(block);
      }
      key = block.key();
      end = block.to();
    }
    if (tokens.size() - end < Math.max(1, store.blockTokens() / TAIL_PART)) {
      return Optional.empty();
    }
    Block tail =
        new Block(key, BlockKeys.next(key, tokens.copy(end, tokens.size())), end, tokens.size());
    return store.touch(tail.key(), depth(tail)) ? Optional.empty() : Optional.of(tail);
  }

  /** False if the store takes no more. */
  private boolean save(int sequence, Block block) {
    int[] tokens = memory.tokens(sequence).copy(block.from(), block.to());
    byte[] state = state(sequence).block(block.from(), block.to());
    if (!store.save(block.before(), block.key(), tokens, depth(block), state)) {
      return false;
    }
    forgetShorter(block, tokens);
    return true;
  }

  private SequenceState state(int sequence) {
    TokenList tokens = memory.tokens(sequence);
    int length = memory.noted(sequence);
    if (held.isPresent()
        && held.get().sequence() == sequence
        && held.get().tokens() == tokens
        && held.get().length() == length) {
      return held.get().state();
    }
    release();
    SequenceState state = context.state(sequence);
    held = Optional.of(new Held(sequence, tokens, length, state));
    return state;
  }

  /** Gives the memory back that saving took; to be called before anything else is computed. */
  void release() {
    held.ifPresent(one -> one.state().close());
    held = Optional.empty();
  }

  /** What was the tail before the conversation went on. */
  private void forgetShorter(Block block, int[] tokens) {
    for (int length : store.tails(block.before())) {
      if (length < tokens.length) {
        store.forget(BlockKeys.next(block.before(), Arrays.copyOf(tokens, length)));
      }
    }
  }
}
