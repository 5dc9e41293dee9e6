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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

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

  /** A tail of less than this part of a block is computed sooner than it is looked after. */
  private static final int TAIL_PART = 16;

  /** So many idle cells slow nobody down enough to be worth moving. */
  private static final int FEW_CELLS = 1024;

  /** And never more than this part of all cells. */
  private static final int FEW_PART = 16;

  /** A store that takes longer for a block is left alone until there is no work. */
  private static final long SLOW_NANOS = 250_000_000;

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
  private final ContextMemory memory;
  private final int passage;
  private final LongSupplier clock;
  private final int few;
  private boolean stows;

  /**
   * Connects a store and a context.
   *
   * @param passage a sequence of the context that nobody else uses
   * @param clock in nanoseconds, to tell what saving costs
   */
  KeptPrefixes(
      PrefixStore store,
      BackendContext context,
      ContextMemory memory,
      int passage,
      LongSupplier clock) {
    this.store = store;
    this.context = context;
    this.memory = memory;
    this.passage = passage;
    this.clock = clock;
    this.few = Math.min(FEW_CELLS, context.contextTokens() / FEW_PART);
    this.stows = context.isSlowedByIdleCells();
  }

  private boolean isUsable() {
    return context.sharesPrefixes() && store.root().isPresent();
  }

  /** Whether anything can be kept, now or later. */
  boolean mayKeep() {
    return context.sharesPrefixes() && store.isOpen();
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

  /** Brings the next block for a sequence, or finds that there are no more. */
  void restoreNext(Sequence sequence) {
    int most = mostOf(sequence.tokens());
    Optional<Block> next =
        sequence.kept().stream()
            .filter(block -> Math.min(block.to(), most) > sequence.evaluated())
            .findFirst();
    if (next.isEmpty() || !restore(next.get(), sequence.tokens())) {
      sequence.noMoreKept();
      return;
    }
    int to = Math.min(next.get().to(), most);
    context.copy(passage, sequence.number(), sequence.evaluated(), to);
    context.remove(passage, 0, BackendContext.END);
    sequence.restoredUntil(to);
    memory.noteGrown(sequence.number(), sequence.tokens(), to);
  }

  private boolean restore(Block block, TokenList tokens) {
    try {
      Optional<ByteBuffer> state =
          store.load(block.key(), tokens.copy(block.from(), block.to()), depth(block));
      return state.isPresent() && restore(block, state.get());
    } catch (OutOfMemoryError e) {
      LOG.log(Level.WARNING, "a kept prefix is not used: {0}", e.getMessage());
      return false;
    }
  }

  private int depth(Block block) {
    return block.from() / store.blockTokens();
  }

  /** Only a lack of room is a reason to forget something else. */
  private boolean restore(Block block, ByteBuffer state) {
    while (true) {
      try {
        context.restore(passage, state.rewind());
        return true;
      } catch (BackendException e) {
        if (e.kind() == BackendException.Kind.NO_ROOM && memory.makeRoom(store.blockTokens())) {
          continue;
        }
        LOG.log(Level.INFO, "a kept prefix is not used: {0}", e.getMessage());
        if (e.kind() == BackendException.Kind.STATE_REFUSED) {
          // It would be refused each time; what is computed instead takes its place.
          store.forget(block.key());
        }
        return false;
      }
    }
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
    stows = context.isSlowedByIdleCells();
    for (int sequence : worthKeeping()) {
      Optional<Block> missing = firstMissing(memory.tokens(sequence));
      if (missing.isPresent()) {
        return save(sequence, missing.get()) ? Saved.ONE : Saved.NOTHING;
      }
    }
    return Saved.NOTHING;
  }

  /** What is shorter than a block is soon computed again. */
  private List<Integer> worthKeeping() {
    return memory.lastUsedFirst().stream()
        .filter(sequence -> memory.noted(sequence) >= store.blockTokens())
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

  private boolean save(int sequence, Block block) {
    int[] tokens = memory.tokens(sequence).copy(block.from(), block.to());
    context.copy(sequence, passage, block.from(), block.to());
    try {
      if (!store.save(block.before(), block.key(), tokens, depth(block), context.save(passage))) {
        return false;
      }
    } catch (BackendException | OutOfMemoryError e) {
      // A block of a large model is some hundred MiB, and the heap is small.
      LOG.log(Level.INFO, "a prefix cannot be kept: {0}", e.getMessage());
      return false;
    } finally {
      context.remove(passage, 0, BackendContext.END);
    }
    forgetShorter(block, tokens);
    return true;
  }

  /** What was the tail before the conversation went on. */
  private void forgetShorter(Block block, int[] tokens) {
    for (int length : store.tails(block.before())) {
      if (length < tokens.length) {
        store.forget(BlockKeys.next(block.before(), Arrays.copyOf(tokens, length)));
      }
    }
  }

  /**
   * Before a request begins that nobody is at work beside: where idle cells would slow it down,
   * forgets what the store has all of, so that the request's cells are the first ones. Moving them
   * out later would not help it, because attention is computed up to the last cell in use. What the
   * request begins with stays where little else is in its sequence: less than a block of it could
   * not be fetched from the store again.
   */
  void clearFor(TokenList tokens) {
    if (!context.isSlowedByIdleCells() || !isUsable()) {
      return;
    }
    int known = memory.known(tokens);
    int others = memory.idleCells() - known;
    if (others <= few) {
      return;
    }
    boolean stays = known > 0;
    for (int sequence : memory.lastUsedFirst()) {
      if (stays && isMostly(sequence, tokens, known)) {
        stays = false;
      } else if (firstMissing(memory.tokens(sequence)).isEmpty()) {
        memory.forgetEnd(sequence);
      }
    }
  }

  /** Whether a sequence begins with so many of the tokens, and does not hold much more. */
  private boolean isMostly(int sequence, TokenList tokens, int known) {
    return memory.tokens(sequence).commonPrefix(tokens) >= known
        && memory.noted(sequence) - known <= Math.max(few, known);
  }

  /**
   * Where idle cells slow the others down, moves what has been of no use for longest out of the
   * context, a block at a time: it is forgotten once the store has all of it.
   */
  void stowNext() {
    if (!stows || !mayKeep() || memory.idleCells() <= few) {
      return;
    }
    if (!isUsable()) {
      store.prepare();
      return;
    }
    memory
        .longestIdle()
        .ifPresent(
            sequence -> {
              Optional<Block> missing = firstMissing(memory.tokens(sequence));
              if (missing.isEmpty()) {
                memory.forgetEnd(sequence);
              } else {
                long start = clock.getAsLong();
                stows = save(sequence, missing.get()) && clock.getAsLong() - start < SLOW_NANOS;
              }
            });
  }
}
