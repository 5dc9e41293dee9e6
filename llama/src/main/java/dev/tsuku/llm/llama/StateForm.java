package dev.tsuku.llm.llama;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where things lie in the state of one sequence, as {@code llama_state_seq_get_data} writes it, so
 * that it can be cut and joined token by token.
 *
 * <p>A state begins with a mark and the number of its sequence. It has a section for each KV cache
 * of the model, most often one: how many streams there are, and for each of them how many cells it
 * has of the sequence; where there are any, position and sequence of each cell, and then for each
 * layer a head and the rows of all cells, keys first. Values may lie transposed: one row an
 * element, with an entry for each cell.
 *
 * <p>Source: {@code llama_context::state_seq_get_data} and {@code llama_kv_cache::state_write} of
 * llama.cpp v0.5.0. What is not of this form is not read at all: {@link #read} accepts only what it
 * understands to the last byte.
 */
final class StateForm {

  private static final int MARK = 0xaf143cd8;

  /** The mark, and the number of the sequence. */
  private static final int HEAD_BYTES = 8;

  /** Position, number of sequences, and the one sequence. */
  private static final int CELL_BYTES = 12;

  /** The same where a cell has a place in an image and a token, too. */
  private static final int EXTENDED_CELL_BYTES = 24;

  private static final int MOST_STREAMS = 256;
  private static final int MOST_LAYERS = 4096;

  /**
   * Rows of all cells.
   *
   * @param head where what describes them begins
   * @param rows where they begin
   * @param count how many there are for all cells together: 1, or the elements of a transposed one
   * @param unit bytes of a cell in each
   */
  private record Run(int head, int rows, int count, int unit) {

    int headBytes() {
      return rows - head;
    }

    /** Whether rows of both can stand in one state. */
    boolean isLike(Run other) {
      return headBytes() == other.headBytes() && count == other.count && unit == other.unit;
    }
  }

  /** One KV cache. */
  private record Section(int cells, int cellBytes, int body, List<Run> runs) {

    long bytes(int tokens, int streams) {
      long bytes = 4 + 4L * streams + (long) cellBytes * tokens + 8;
      for (Run run : runs) {
        bytes += run.headBytes() + (long) run.count() * run.unit() * tokens;
      }
      return bytes;
    }

    boolean isLike(Section other) {
      if (cellBytes != other.cellBytes || runs.size() != other.runs.size()) {
        return false;
      }
      for (int i = 0; i < runs.size(); i++) {
        if (!runs.get(i).isLike(other.runs.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  private final ByteBuffer state;
  private final int tokens;
  private final int first;
  private final List<Section> sections;

  private StateForm(ByteBuffer state, int tokens, int first, List<Section> sections) {
    this.state = state;
    this.tokens = tokens;
    this.first = first;
    this.sections = sections;
  }

  /** Reads where things lie; empty if not all of it is understood. */
  static Optional<StateForm> read(ByteBuffer bytes) {
    ByteBuffer state = bytes.slice().order(ByteOrder.nativeOrder());
    for (int cellBytes : new int[] {CELL_BYTES, EXTENDED_CELL_BYTES}) {
      for (boolean hasValues : new boolean[] {true, false}) {
        try {
          Optional<StateForm> form = new Reader(state, cellBytes, hasValues).read();
          if (form.isPresent()) {
            return form;
          }
        } catch (IndexOutOfBoundsException e) {
          // It is not of this kind.
        }
      }
    }
    return Optional.empty();
  }

  /** The state itself. */
  ByteBuffer bytes() {
    return state.duplicate();
  }

  /** How many tokens it has. */
  int tokens() {
    return tokens;
  }

  /** The position of its first one. */
  int first() {
    return first;
  }

  /** Bytes of a state like this one. */
  long bytes(int count, int streams) {
    return HEAD_BYTES + sections.stream().mapToLong(section -> section.bytes(count, streams)).sum();
  }

  /** Whether tokens of both can stand in one state. */
  boolean isLike(StateForm other) {
    if (sections.size() != other.sections.size()) {
      return false;
    }
    for (int i = 0; i < sections.size(); i++) {
      if (!sections.get(i).isLike(other.sections.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * An empty state like this one; its tokens are to be {@link #put}.
   *
   * @param memory for as many {@link #bytes(int, int)}
   * @param streams of the context that it is for
   */
  StateForm frame(ByteBuffer memory, int count, int streams) {
    ByteBuffer target = memory.slice().order(ByteOrder.nativeOrder());
    List<Section> framed = new ArrayList<>();
    target.put(0, state, 0, HEAD_BYTES);
    int at = HEAD_BYTES;
    for (Section section : sections) {
      target.putInt(at, streams);
      target.putInt(at + 4, count);
      int cells = at + 8;
      int body = cells + section.cellBytes() * count;
      target.put(body, state, section.body(), 8);
      at = body + 8;
      List<Run> runs = new ArrayList<>();
      for (Run run : section.runs()) {
        target.put(at, state, run.head(), run.headBytes());
        runs.add(new Run(at, at + run.headBytes(), run.count(), run.unit()));
        at += run.headBytes() + run.count() * run.unit() * count;
      }
      for (int stream = 1; stream < streams; stream++, at += 4) {
        target.putInt(at, 0);
      }
      framed.add(new Section(cells, section.cellBytes(), body, runs));
    }
    return new StateForm(target, count, 0, framed);
  }

  /** Puts tokens of a state that {@link #isLike} this one in their place. */
  void put(int at, StateForm other, int from, int to) {
    for (int i = 0; i < sections.size(); i++) {
      Section mine = sections.get(i);
      Section theirs = other.sections.get(i);
      state.put(
          mine.cells() + at * mine.cellBytes(),
          other.state,
          theirs.cells() + from * mine.cellBytes(),
          (to - from) * mine.cellBytes());
      for (int j = 0; j < mine.runs().size(); j++) {
        put(mine.runs().get(j), at, other, theirs.runs().get(j), from, to);
      }
    }
  }

  private void put(Run mine, int at, StateForm other, Run theirs, int from, int to) {
    for (int row = 0; row < mine.count(); row++) {
      state.put(
          mine.rows() + (row * tokens + at) * mine.unit(),
          other.state,
          theirs.rows() + (row * other.tokens + from) * mine.unit(),
          (to - from) * mine.unit());
    }
  }

  /** Reads a state on the assumption that its cells are of one size, and have values or not. */
  private static final class Reader {
    private final ByteBuffer state;
    private final int cellBytes;
    private final boolean hasValues;
    private final List<Section> sections = new ArrayList<>();
    private int at;
    private int tokens;
    private int first;

    Reader(ByteBuffer state, int cellBytes, boolean hasValues) {
      this.state = state;
      this.cellBytes = cellBytes;
      this.hasValues = hasValues;
    }

    private int nextInt() {
      int value = state.getInt(at);
      at += 4;
      return value;
    }

    Optional<StateForm> read() {
      if (nextInt() != MARK) {
        return Optional.empty();
      }
      at = HEAD_BYTES;
      while (at < state.capacity()) {
        if (!readSection()) {
          return Optional.empty();
        }
      }
      return sections.isEmpty() || at != state.capacity()
          ? Optional.empty()
          : Optional.of(new StateForm(state, tokens, first, List.copyOf(sections)));
    }

    private boolean readSection() {
      int streams = nextInt();
      if (streams < 1 || streams > MOST_STREAMS) {
        return false;
      }
      int before = sections.size();
      for (int stream = 0; stream < streams; stream++) {
        int cells = nextInt();
        // What every section has is the same tokens: none that a window has moved beyond.
        if (cells != 0
            && (cells < 0
                || sections.size() > before
                || (before > 0 && cells != tokens)
                || !readCells(cells, before > 0))) {
          return false;
        }
      }
      return sections.size() > before;
    }

    private boolean readCells(int count, boolean isKnown) {
      int cells = at;
      for (int i = 0; i < count; i++, at += cellBytes) {
        int position = state.getInt(at);
        if (i == 0 && !isKnown) {
          first = position;
        }
        if (position != first + i || state.getInt(at + 4) != 1) {
          return false;
        }
      }
      tokens = count;
      int body = at;
      boolean isTransposed = nextInt() != 0;
      int layers = nextInt();
      if (layers < 1 || layers > MOST_LAYERS) {
        return false;
      }
      List<Run> runs = new ArrayList<>();
      for (int layer = 0; layer < layers; layer++) {
        runs.add(readRun());
      }
      for (int layer = 0; hasValues && layer < layers; layer++) {
        runs.add(isTransposed ? readTransposed() : readRun());
      }
      sections.add(new Section(cells, cellBytes, body, List.copyOf(runs)));
      return true;
    }

    /** The type, and the bytes of a cell. */
    private Run readRun() {
      return run(at, at + 12, 1, state.getLong(at + 4));
    }

    /** The type, the bytes of an element, and how many elements a cell has. */
    private Run readTransposed() {
      return run(at, at + 12, state.getInt(at + 8), state.getInt(at + 4));
    }

    private Run run(int head, int rows, int count, long unit) {
      int left = state.capacity() - rows;
      if (count < 1 || unit < 1 || unit > left || count > left / unit / tokens) {
        throw new IndexOutOfBoundsException("rows of " + unit + " bytes");
      }
      at = rows + count * (int) unit * tokens;
      return new Run(head, rows, count, (int) unit);
    }
  }
}
