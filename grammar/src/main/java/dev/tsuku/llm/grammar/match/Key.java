package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** In a name. */
final class Key extends MatcherState {

  private static final int BYTES = 256;

  private final ObjectFrame frame;
  private final Escape escape;
  private final byte[] text;

  /** The names of the order that this may become. */
  private final int[] candidates;

  /** For each way where one is in its automaton of made-up names; dead where it allows none. */
  private final int[] free;

  /** A superset of the bytes that may come; null until it is asked for. */
  private @Nullable BitSet firstBytes;

  Key(
      ObjectFrame frame,
      Context context,
      Escape escape,
      byte[] text,
      int[] candidates,
      int[] free) {
    super(context);
    this.frame = frame;
    this.escape = escape;
    this.text = text;
    this.candidates = candidates;
    this.free = free;
  }

  @Override
  List<Object> key() {
    return List.of(
        frame,
        escape,
        new String(text, StandardCharsets.ISO_8859_1),
        Arrays.stream(candidates).boxed().toList(),
        Arrays.stream(free).boxed().toList());
  }

  /** Names that were made up are too many. */
  @Override
  boolean isRemembered(int b) {
    return candidates.length > 0 || text.length == 0;
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    if (escape == Escape.NONE && b == '"') {
      return frame.keyDone(new String(text, StandardCharsets.UTF_8), free, after);
    }
    int decoded = escape.text(b);
    if (decoded == Escape.WRONG) {
      return null;
    }
    if (decoded == Escape.WITHIN) {
      Key within = new Key(frame, after, escape.next(b), text, candidates, free);
      return canEnd(within) ? within : null;
    }
    int[] left = candidates.length == 0 ? candidates : left((byte) decoded);
    int[] going = free.clone();
    boolean isUseful = left.length > 0;
    for (int way = 0; way < going.length; way++) {
      if (going[way] != Dfa.DEAD) {
        going[way] = frame.freeState(way, going[way], decoded);
        isUseful |= going[way] != Dfa.DEAD && frame.isUseful(way);
      }
    }
    if (!isUseful) {
      return null;
    }
    byte[] more = Arrays.copyOf(text, text.length + 1);
    more[text.length] = (byte) decoded;
    return new Key(frame, after, Escape.NONE, more, left, going);
  }

  @Override
  public boolean mayBegin(int b) {
    BitSet first = firstBytes;
    if (first == null) {
      first = firstBytes();
      firstBytes = first;
    }
    return first.get(b);
  }

  private BitSet firstBytes() {
    BitSet first = new BitSet(BYTES);
    first.set('"');
    first.set('\\');
    if (escape != Escape.NONE || Arrays.stream(free).anyMatch(state -> state != Dfa.DEAD)) {
      first.set(0, BYTES);
      return first;
    }
    for (int candidate : candidates) {
      byte[] name = frame.names().bytes(candidate);
      if (name.length > text.length) {
        first.set(name[text.length] & (BYTES - 1));
      }
    }
    return first;
  }

  @Override
  public String pointer() {
    return frame.level().pointer();
  }

  @Override
  public int breadth() {
    return frame.level().size();
  }

  @Override
  Iterable<String> ways() {
    if (escape != Escape.NONE) {
      return escape.ends();
    }
    List<String> ways = new ArrayList<>();
    for (int candidate : candidates) {
      byte[] name = frame.names().bytes(candidate);
      ways.add(Text.escaped(Arrays.copyOfRange(name, text.length, name.length)) + "\":");
    }
    List<Examples.Source> sources = new ArrayList<>();
    for (int way = 0; way < free.length; way++) {
      if (free[way] != Dfa.DEAD && frame.isUseful(way)) {
        int used = frame.others().size();
        if (used >= Examples.EACH) {
          // One of each length is used: none is left but those that are longer than all.
          sources.add(new Examples.Source(frame.freeNames(way), free[way], used, Dfa.UNBOUNDED));
        }
        sources.add(new Examples.Source(frame.freeNames(way), free[way], 0, Dfa.UNBOUNDED));
      }
    }
    return () -> new Examples(ways, sources, "\":");
  }

  private int[] left(byte next) {
    int[] left = new int[candidates.length];
    int count = 0;
    for (int candidate : candidates) {
      byte[] name = frame.names().bytes(candidate);
      if (name.length > text.length && name[text.length] == next) {
        left[count++] = candidate;
      }
    }
    return Arrays.copyOf(left, count);
  }

  @Override
  public Optional<TextLimits> text(int most) {
    List<TextLimits.Way> ways = new ArrayList<>();
    boolean isFree = true;
    boolean isAnyFree = false;
    for (int way = 0; way < free.length; way++) {
      if (free[way] != Dfa.DEAD) {
        TextLimits.Way limits =
            new TextLimits.Way(frame.freeNames(way), free[way], 0, Dfa.UNBOUNDED);
        isFree &= limits.isAny() && frame.isUniform(way);
        isAnyFree |= frame.isUseful(way);
        if (frame.isUseful(way)) {
          ways.add(limits);
        }
      }
    }
    return escape != Escape.NONE || !isAnyFree
        ? Optional.empty()
        : Optional.of(new TextLimits(ways, isFree));
  }

  @Override
  public Optional<MatcherState> named() {
    int[] none = free.clone();
    Arrays.fill(none, Dfa.DEAD);
    return candidates.length == 0
        ? Optional.empty()
        : Optional.of(new Key(frame, context, escape, text, candidates, none));
  }

  @Override
  public Optional<MatcherState> invented() {
    return Optional.of(new Key(frame, context, Escape.NONE, newName(), new int[0], free));
  }

  @Override
  public Object endsKey() {
    return context.recorded() == null
        ? List.of(frame, context.spacing(), context.tool(), Arrays.stream(free).boxed().toList())
        : this;
  }

  /** A name that is allowed here, but was not there yet, and that nothing speaks of. */
  private byte[] newName() {
    for (int way = 0; way < free.length; way++) {
      if (free[way] == Dfa.DEAD || !frame.isUseful(way)) {
        continue;
      }
      int most = frame.names().size() + frame.others().size() + 1;
      for (int length = 0; length <= most; length++) {
        byte[] rest = frame.freeNames(way).shortest(free[way], length, Dfa.UNBOUNDED);
        if (rest == null) {
          break;
        }
        byte[] name = Arrays.copyOf(text, text.length + rest.length);
        System.arraycopy(rest, 0, name, text.length, rest.length);
        String chars = new String(name, StandardCharsets.UTF_8);
        if (frame.names().index(chars) < 0 && !frame.others().contains(chars)) {
          return name;
        }
      }
    }
    return text;
  }

  @Override
  public List<byte[]> endsOfKnownNames() {
    return Stream.concat(frame.names().list().stream(), frame.others().stream())
        .map(name -> name.getBytes(StandardCharsets.UTF_8))
        .filter(
            name ->
                name.length >= text.length
                    && Arrays.equals(name, 0, text.length, text, 0, text.length))
        .map(name -> Arrays.copyOfRange(name, text.length, name.length))
        .toList();
  }
}
