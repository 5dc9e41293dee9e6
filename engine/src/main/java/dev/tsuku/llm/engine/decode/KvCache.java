package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.backend.SequenceState;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The sequences of a context: which are busy, and which tokens each holds in the KV cache. Belongs
 * to the decode thread.
 *
 * <p>A sequence is <em>busy</em> while a request works with it. Afterwards it stays, idle, for
 * whatever begins with the same tokens, until another request needs it. What a request is computed
 * with is its own sequence alone, so what else is there neither slows it down nor changes it.
 *
 * <p>Invariant: of every sequence, the context holds at least the tokens that are noted here.
 * Whatever it holds more belongs to busy sequences.
 */
final class KvCache {

  private static final Logger LOG = System.getLogger(KvCache.class.getName());

  /** Fewer tokens are computed sooner than they are copied. */
  private static final int LEAST_COPIED = 16;

  /** An idle sequence that loses no more than this, or than what stays, is used where it is. */
  private static final int LITTLE = 256;

  /** What sequences may take beside the context while it is divided anew. */
  private static final long MOST_MOVED_BYTES = 512L << 20;

  /**
   * What a request begins with.
   *
   * @param sequence its own from now on
   * @param length how many of its tokens are there already
   */
  record Taken(int sequence, int length) {}

  /** A sequence of the context. */
  private static final class Place {
    private final int number;
    private TokenList tokens = new TokenList();
    private int length;
    private boolean busy;
    private long used;

    Place(int number) {
      this.number = number;
    }

    boolean isIdle() {
      return !busy;
    }

    int common(TokenList others) {
      return Math.min(length, tokens.commonPrefix(others));
    }
  }

  /** What a sequence holds, outside of the context. */
  private record Item(TokenList tokens, long used, SequenceState state) {}

  /** What outlives a division of the context. */
  static final class Moved implements AutoCloseable {
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    private Moved() {}

    private int size() {
      return items.size();
    }

    private boolean add(BackendContext context, Place place) {
      long size = context.stateBytes(place.number);
      if (bytes + size > MOST_MOVED_BYTES) {
        return false;
      }
      try {
        SequenceState state = context.state(place.number);
        items.add(new Item(place.tokens, place.used, state));
        bytes += size;
        return true;
      } catch (BackendException e) {
        if (e.kind() == BackendException.Kind.STATE_PENDING) {
          throw e;
        }
        return isLeft(e);
      } catch (OutOfMemoryError e) {
        return isLeft(e);
      }
    }

    private static boolean isLeft(Throwable why) {
      LOG.log(Level.INFO, "a sequence is not taken along: {0}", why.getMessage());
      return false;
    }

    @Override
    public void close() {
      items.forEach(item -> item.state().close());
    }
  }

  private final BackendContext context;
  private final boolean shares;
  private List<Place> places;
  private long clock;

  KvCache(BackendContext context) {
    this.context = context;
    this.shares = context.sharesPrefixes();
    this.places = empty(context.shape());
  }

  private static List<Place> empty(ContextShape shape) {
    return IntStream.range(0, shape.sequences()).mapToObj(Place::new).toList();
  }

  /** How many sequences there are, and the room for each. */
  ContextShape shape() {
    return context.shape();
  }

  /** How many of the tokens are there already, whoever holds them. */
  int known(TokenList tokens) {
    return places.stream().mapToInt(place -> place.common(tokens)).max().orElse(0);
  }

  /**
   * Gives a request a sequence that begins with as many of its tokens as are there already. The
   * last token is never among them, because there would be no logits to go on from.
   *
   * @param copies whether what others hold may be copied; not where more of it comes from elsewhere
   * @throws IllegalStateException if every sequence is busy
   */
  Taken take(TokenList tokens, boolean copies) {
    int most = tokens.size() - 1;
    Place target = target(tokens, most);
    Optional<Place> source =
        places.stream()
            .filter(place -> copies && place != target)
            .max(Comparator.comparingInt(place -> place.common(tokens)));
    int own = Math.min(target.common(tokens), most);
    int others = source.map(place -> Math.min(place.common(tokens), most)).orElse(0);
    int length = own;
    if (others - own >= LEAST_COPIED
        && context.copyStart(source.orElseThrow().number, target.number, others)) {
      source.orElseThrow().used = ++clock;
      length = others;
    } else {
      length = trim(target.number, others - own >= LEAST_COPIED ? 0 : own);
    }
    target.busy = true;
    note(target, tokens, length);
    return new Taken(target.number, length);
  }

  /** What loses little, or else what is empty, or else what has been of no use for longest. */
  private Place target(TokenList tokens, int most) {
    Optional<Place> best =
        places.stream()
            .filter(Place::isIdle)
            .max(Comparator.comparingInt(place -> place.common(tokens)));
    if (best.isPresent()) {
      int kept = Math.min(best.get().common(tokens), most);
      if (kept > 0 && best.get().length - kept <= Math.max(LITTLE, kept)) {
        return best.get();
      }
    }
    return places.stream()
        .filter(Place::isIdle)
        .min(Comparator.comparingLong(place -> place.length == 0 ? 0 : place.used))
        .orElseThrow(() -> new IllegalStateException("every sequence is busy"));
  }

  private static void note(Place place, TokenList tokens, int length) {
    place.tokens = tokens;
    place.length = length;
  }

  /** Notes how many of the tokens a busy sequence holds now, so that others may begin with them. */
  void noteGrown(int sequence, TokenList tokens, int length) {
    if (shares) {
      note(places.get(sequence), tokens, length);
    }
  }

  /**
   * Takes a busy sequence back to a length, after a batch that was not computed as a whole.
   *
   * @return its length now: 0 if this kind of memory can only forget everything
   */
  int trim(int sequence, int length) {
    if (context.remove(sequence, length, BackendContext.END)) {
      return length;
    }
    context.remove(sequence, 0, BackendContext.END);
    return 0;
  }

  /** The request no longer works with its sequence; what that holds may be used by others. */
  void park(int sequence, TokenList tokens, int length) {
    if (!shares) {
      drop(sequence);
      return;
    }
    Place place = places.get(sequence);
    place.busy = false;
    place.used = ++clock;
    note(place, tokens, length);
  }

  /** Forgets a sequence, busy or not. */
  void drop(int sequence) {
    Place place = places.get(sequence);
    place.busy = false;
    note(place, new TokenList(), 0);
    context.remove(sequence, 0, BackendContext.END);
  }

  /** The sequences that hold anything, the one that was of use last first. */
  List<Integer> lastUsedFirst() {
    return lastUsed().map(place -> place.number).toList();
  }

  private Stream<Place> lastUsed() {
    return places.stream()
        .filter(place -> place.length > 0)
        .sorted(Comparator.comparingLong(place -> -place.used));
  }

  /** What is known of a sequence; only as many are noted as {@link #noted} says. */
  TokenList tokens(int sequence) {
    return places.get(sequence).tokens;
  }

  /** How many tokens of a sequence have been noted. */
  int noted(int sequence) {
    return places.get(sequence).length;
  }

  /** Cells of memory that no request works with, but some later one may. */
  int idleCells() {
    return cells(Place::isIdle);
  }

  /** Cells that busy sequences are known to hold; those not noted are not counted. */
  int busyCells() {
    return cells(place -> place.busy);
  }

  private int cells(Predicate<Place> wanted) {
    return places.stream().filter(wanted).mapToInt(place -> place.length).sum();
  }

  /**
   * Takes along what is to outlive a division of the context: what is busy, and what of the rest
   * was of use last, as far as there will be a place for it and it is not too much.
   *
   * @return empty if what is busy cannot be taken along
   * @throws BackendException of kind {@code STATE_PENDING} if it can be after the next decode only
   */
  Optional<Moved> takeAlong(ContextShape shape) {
    List<Place> busy = places.stream().filter(place -> place.busy).toList();
    if (!shares && !busy.isEmpty()) {
      return Optional.empty();
    }
    List<Place> idle = lastUsed().filter(Place::isIdle).toList();
    Moved moved = new Moved();
    try {
      boolean all = takeAlong(moved, Stream.concat(busy.stream(), idle.stream()).toList(), shape);
      if (!all) {
        moved.close();
      }
      return all ? Optional.of(moved) : Optional.empty();
    } catch (BackendException e) {
      moved.close();
      throw e;
    }
  }

  /** Whether all that is busy is among what is taken. */
  private boolean takeAlong(Moved moved, List<Place> wanted, ContextShape shape) {
    for (Place place : wanted) {
      if (place.length == 0) {
        // It has only begun.
        continue;
      }
      boolean fits = place.length <= shape.tokens() && moved.size() < shape.sequences();
      if (!(fits && moved.add(context, place)) && place.busy) {
        return false;
      }
    }
    return true;
  }

  /**
   * Divides the context anew, while nothing is busy.
   *
   * @throws BackendException if there is no memory for it; then everything is forgotten
   */
  void reshape(ContextShape shape, Moved moved) {
    try (moved) {
      try {
        context.reshape(shape);
      } finally {
        places = empty(context.shape());
      }
      // Each gives its memory back before the next takes some.
      for (int i = 0; moved.size() > 0; i++) {
        try (SequenceState _ = moved.items.getFirst().state()) {
          move(moved.items.removeFirst(), places.get(i));
        }
      }
    }
  }

  private void move(Item item, Place to) {
    int length = item.state().tokens();
    try (SequenceBuilder builder = context.build(to.number, length)) {
      for (int start = 0; start < length; start += LITTLE) {
        int end = Math.min(start + LITTLE, length);
        builder.add(ByteBuffer.wrap(item.state().block(start, end)));
      }
      builder.finish();
      note(to, item.tokens(), length);
      to.used = item.used();
    } catch (BackendException | OutOfMemoryError e) {
      LOG.log(Level.INFO, "a sequence is forgotten: {0}", e.getMessage());
    }
  }
}
