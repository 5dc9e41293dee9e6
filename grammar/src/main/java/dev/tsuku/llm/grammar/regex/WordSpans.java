package dev.tsuku.llm.grammar.regex;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The automaton of all stretches of some texts that begin and end with a word: {@code Maria} and
 * {@code Maria Rao} of {@code Maria Rao (21)}, but neither {@code Mari} nor {@code Rao (}.
 *
 * <p>It is made of the suffix automaton of the texts with two marks in them, which are no bytes of
 * UTF-8: one before each place where a stretch may begin, one behind each where one may end.
 * Whatever is reached by the first mark begins a stretch, whatever has the second one ahead may end
 * one; then the marks are taken out again, by the construction that makes an automaton
 * deterministic. Where a mark stands depends on the two characters on each side of it alone, so
 * hardly any state becomes two: time and room are linear in the length of common texts. Where they
 * are not, with {@code maxWords} or for texts that repeat themselves in another case, a limit
 * holds.
 */
final class WordSpans {

  /** Of texts: a state of this automaton takes several times what one of their parts takes. */
  static final int MOST_BYTES = 128 << 10;

  /** So many places are made between two checks: some milliseconds. */
  private static final int PLACES_BETWEEN_CHECKS = 4096;

  private static final byte BEGIN = (byte) 0xfe;
  private static final byte END = (byte) 0xff;
  private static final int BYTES = 256;
  private static final int MASK = BYTES - 1;
  private static final int LEAST_CONTINUATION = 0x80;
  private static final int MOST_CONTINUATION = 0xbf;
  private static final int LEAST_LEAD_OF_3 = 0xe0;
  private static final int LEAST_LEAD_OF_4 = 0xf0;

  /** As in $5, #3, @name, /usr, ~/x, .net, -1, _x. */
  private static final String BEFORE_WORDS = "$€£¥#@/~.-+\\&_";

  /** As in 5%, C++, C#, /usr/, 20°. */
  private static final String AFTER_WORDS = "%+#/°$€£¥";

  /** As in 1,299.50, between digits. */
  private static final String INSIDE_NUMBERS = ".,";

  /** As in don't and O’Neil, between letters. */
  private static final String INSIDE_WORDS = "'’";

  /**
   * A way through the marked texts.
   *
   * @param state of their automaton, or the one that {@code rest} leads to
   * @param atWord whether the first letter of a word follows
   * @param words how many have begun, where that counts
   * @param rest the last bytes of a letter that stands in the place of another one, as characters
   */
  private record Place(int state, boolean atWord, int words, String rest) {

    static final Comparator<Place> ORDER =
        Comparator.comparingInt(Place::state)
            .thenComparingInt(Place::words)
            .thenComparing(Place::atWord)
            .thenComparing(Place::rest);

    Place(int state, int words) {
      this(state, false, words, "");
    }
  }

  private final SparseTable marked;
  private final boolean ignoresCase;
  private final int maxWords;
  private final int mostPlaces;
  private final Runnable check;
  private int places;
  private int placesAtCheck;
  private final SparseTable result = SparseTable.empty();
  private final Map<List<Place>, Integer> numbers = new HashMap<>();
  private final List<List<Place>> open = new ArrayList<>();

  /**
   * What was made.
   *
   * @param places in the texts that its states stand for, all together
   */
  record Result(SparseTable table, int places) {}

  private WordSpans(
      SparseTable marked, boolean ignoresCase, int maxWords, int mostPlaces, Runnable check) {
    this.marked = marked;
    this.ignoresCase = ignoresCase;
    this.maxWords = maxWords;
    this.mostPlaces = mostPlaces;
    this.check = check;
  }

  /**
   * Makes it.
   *
   * @param ignoresCase whether the first letter of each word may be of either case, and all others
   *     also be small
   * @param maxWords how many words a stretch may have; 0 for any number
   * @param mostPlaces how many places in the texts its states may stand for, all together
   * @param check run now and then; it may throw, to end the work
   * @throws RegexException if the texts are too long, all together, or there are more places
   */
  static Result of(
      Collection<String> texts, boolean ignoresCase, int maxWords, int mostPlaces, Runnable check) {
    long sum = texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    if (sum > MOST_BYTES) {
      throw new RegexException(
          "the texts have " + sum + " bytes; the most for whole words are " + MOST_BYTES);
    }
    SparseTable marked = SparseTable.parts(texts.stream().map(WordSpans::marked).toList());
    WordSpans spans = new WordSpans(marked, ignoresCase, maxWords, mostPlaces, check);
    spans.build();
    return new Result(spans.result, spans.places);
  }

  /** A text with its marks, in bytes. */
  private static byte[] marked(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() * 2);
    int[] characters = text.codePoints().toArray();
    int beforeThat = -1;
    int before = -1;
    for (int i = 0; i <= characters.length; i++) {
      int next = i < characters.length ? characters[i] : -1;
      int afterThat = i + 1 < characters.length ? characters[i + 1] : -1;
      if (before >= 0 && mayEnd(before, next) && !joins(before, next, afterThat)) {
        out.write(END);
      }
      if (next >= 0) {
        if (mayBegin(before, next) && !joins(beforeThat, before, next)) {
          out.write(BEGIN);
        }
        out.writeBytes(Character.toString(next).getBytes(StandardCharsets.UTF_8));
      }
      beforeThat = before;
      before = next;
    }
    return out.toByteArray();
  }

  /** Whether a character makes one word, or one number, of those on both sides of it. */
  private static boolean joins(int before, int c, int next) {
    if (c < 0 || !isWord(before) || !isWord(next) || isWhole(before) || isWhole(next)) {
      return false;
    }
    return INSIDE_NUMBERS.indexOf(c) >= 0
        ? Character.isDigit(before) && Character.isDigit(next)
        : INSIDE_WORDS.indexOf(c) >= 0 && !isNumber(before) && !isNumber(next);
  }

  private static boolean mayBegin(int before, int next) {
    return isWord(next)
        ? !isWord(before) || isWhole(before) || isWhole(next)
        : BEFORE_WORDS.indexOf(next) >= 0 && !isWord(before) && !isSign(before);
  }

  private static boolean mayEnd(int before, int next) {
    return isWord(before)
        ? !isWord(next) || isWhole(before) || isWhole(next)
        : AFTER_WORDS.indexOf(before) >= 0 && !isWord(next) && !isSign(next);
  }

  private static boolean isSign(int c) {
    return c >= 0 && (BEFORE_WORDS.indexOf(c) >= 0 || AFTER_WORDS.indexOf(c) >= 0);
  }

  /** An underscore joins words as a hyphen does: the names of files are cut at both. */
  private static boolean isWord(int c) {
    return c >= 0
        && (Character.isLetter(c)
            || isNumber(c)
            || Character.getType(c) == Character.NON_SPACING_MARK
            || Character.getType(c) == Character.COMBINING_SPACING_MARK);
  }

  /** A digit, or what has the value of one or more, as ², ½ and Ⅷ. */
  private static boolean isNumber(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  /** Of scripts that write no spaces, each character may begin and end a stretch. */
  private static boolean isWhole(int c) {
    return switch (Character.UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
      default -> false;
    };
  }

  private void build() {
    int begin = marked.next(0, BEGIN & MASK);
    if (begin < 0) {
      return;
    }
    List<Place> start = List.of(new Place(begin, true, 1, ""));
    numbers.put(start, 0);
    open.add(start);
    for (int at = 0; at < open.size(); at++) {
      List<Place> places = closure(open.get(at));
      result.accepting.set(at, at > 0 && places.stream().anyMatch(this::mayEndAt));
      for (Map.Entry<Integer, Set<Place>> way : ways(places).entrySet()) {
        result.connect(at, way.getKey().byteValue(), number(way.getValue()));
      }
      open.set(at, List.of());
    }
  }

  private boolean mayEndAt(Place place) {
    return place.rest().isEmpty() && marked.next(place.state(), END & MASK) >= 0;
  }

  private int number(Set<Place> places) {
    List<Place> key = List.copyOf(places);
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    spend(key.size());
    int depth =
        key.stream()
            .mapToInt(place -> marked.depth(place.state()) - place.rest().length())
            .min()
            .orElseThrow();
    int number = result.add(depth);
    numbers.put(key, number);
    open.add(key);
    return number;
  }

  private void spend(int more) {
    places += more;
    if (places > mostPlaces) {
      throw new RegexException("the automaton of their words would be too large");
    }
    if (places - placesAtCheck >= PLACES_BETWEEN_CHECKS) {
      placesAtCheck = places;
      check.run();
    }
  }

  /** The places and those that marks lead to from them. */
  private List<Place> closure(List<Place> places) {
    List<Place> all = new ArrayList<>(places);
    for (int i = 0; i < all.size(); i++) {
      Place place = all.get(i);
      if (!place.rest().isEmpty()) {
        continue;
      }
      int end = marked.next(place.state(), END & MASK);
      if (end >= 0) {
        all.add(new Place(end, place.words()));
      }
      int begin = marked.next(place.state(), BEGIN & MASK);
      if (begin >= 0 && (maxWords == 0 || place.words() < maxWords)) {
        all.add(new Place(begin, true, maxWords == 0 ? 1 : place.words() + 1, ""));
      }
    }
    return all;
  }

  /** Where each byte leads. */
  private SortedMap<Integer, Set<Place>> ways(List<Place> places) {
    SortedMap<Integer, Set<Place>> ways = new TreeMap<>();
    for (Place place : places) {
      if (!place.rest().isEmpty()) {
        add(ways, place.rest(), place.state(), place.words());
        continue;
      }
      for (int edge = marked.firstEdge(place.state()); edge >= 0; edge = marked.edgeAfter(edge)) {
        int b = marked.label(edge);
        if (b == (BEGIN & MASK) || b == (END & MASK)) {
          continue;
        }
        add(ways, Character.toString(b), marked.target(edge), place.words());
        if (ignoresCase && b < LEAST_CONTINUATION) {
          addOtherCases(ways, place, b, 1, marked.target(edge));
        } else if (ignoresCase && b > MOST_CONTINUATION) {
          int length = b >= LEAST_LEAD_OF_4 ? 4 : b >= LEAST_LEAD_OF_3 ? 3 : 2;
          byte[] bytes = new byte[length];
          bytes[0] = (byte) b;
          addOtherCases(ways, place, bytes, 1, marked.target(edge));
        }
      }
    }
    return ways;
  }

  private static void add(
      SortedMap<Integer, Set<Place>> ways, String bytes, int target, int words) {
    ways.computeIfAbsent((int) bytes.charAt(0), b -> new TreeSet<>(Place.ORDER))
        .add(new Place(target, false, words, bytes.substring(1)));
  }

  /** Finds the characters that begin with some bytes, and adds what may stand in their place. */
  private void addOtherCases(
      SortedMap<Integer, Set<Place>> ways, Place place, byte[] bytes, int known, int state) {
    if (known == bytes.length) {
      int character = new String(bytes, StandardCharsets.UTF_8).codePointAt(0);
      addOtherCases(ways, place, character, bytes.length, state);
      return;
    }
    for (int edge = marked.firstEdge(state); edge >= 0; edge = marked.edgeAfter(edge)) {
      bytes[known] = (byte) marked.label(edge);
      addOtherCases(ways, place, bytes, known + 1, marked.target(edge));
    }
  }

  private void addOtherCases(
      SortedMap<Integer, Set<Place>> ways, Place place, int character, int length, int target) {
    for (int other :
        new int[] {Character.toLowerCase(character), Character.toUpperCase(character)}) {
      boolean isLarge = other != Character.toLowerCase(character);
      byte[] bytes = Character.toString(other).getBytes(StandardCharsets.UTF_8);
      // Letters of other lengths would be no further in the text than those before them.
      if (other != character && bytes.length == length && (!isLarge || place.atWord())) {
        add(ways, new String(bytes, StandardCharsets.ISO_8859_1), target, place.words());
      }
    }
  }
}
