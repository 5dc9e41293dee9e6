package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes metadata of the bytes of a GGUF file, versions 2 and 3, and refuses what no such file may
 * hold. Used for one file by one thread; {@link TensorTable} reads the second half of the header.
 *
 * <p>The limits are far above every known model and low enough that llama.cpp, whose search for
 * duplicates takes time by the square, stays quick below them.
 */
final class GgufParser {

  private static final int MOST_ENTRIES = 10_000;
  private static final int MOST_KEY_BYTES = 65_535;
  private static final int MOST_TEXT_BYTES = 1 << 24;
  private static final int MOST_ELEMENTS = 1 << 24;
  private static final int MOST_KEPT_TEXT_BYTES = 1 << 26;

  private final GgufReader in;
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final List<TokenizerEntries.Range> tokenizer = new ArrayList<>();
  private @Nullable VocabularyScan vocabulary;
  private long keptTextBytes;

  private GgufParser(GgufReader in) {
    this.in = in;
  }

  /**
   * Reads the header of a regular file.
   *
   * @throws ModelException if it is not a GGUF file, is damaged, or cannot be read
   */
  static GgufContents parse(Path file) {
    try {
      // Before it is opened: what replaces it meanwhile then has another.
      FileStamp stamp = FileStamp.of(file);
      try (FileChannel channel = FileChannel.open(file)) {
        return new GgufParser(new GgufReader(file, channel)).contents(stamp);
      }
    } catch (IOException e) {
      throw ModelFiles.unreadable(file, e);
    }
  }

  private GgufContents contents(FileStamp stamp) throws IOException {
    int version = version();
    in.enter("header");
    long tensorCount = in.i64();
    long entryCount = in.i64();
    // A length, a character, a type and a value; a name, a count, a dimension, a type, an offset.
    requireCount("metadata entries", entryCount, MOST_ENTRIES, 8 + 1 + 4 + 1);
    requireCount("tensors", tensorCount, TensorTable.MOST_TENSORS, 8 + 1 + 4 + 8 + 4 + 8);
    for (int i = 1; i <= entryCount; i++) {
      in.enter("metadata entry", i, (int) entryCount);
      entry();
    }
    List<TensorInfo> tensors = TensorTable.read(in, (int) tensorCount, alignment());
    return new GgufContents(
        version, metadata, tensors, vocabulary, new TokenizerEntries(stamp, tokenizer));
  }

  private int version() throws IOException {
    byte[] start = new byte[(int) Math.min(in.size(), FileLook.BYTES)];
    in.copy(start, Math.min(start.length, 4));
    if (start.length < 4 || !"GGUF".equals(new String(start, 0, 4, StandardCharsets.ISO_8859_1))) {
      throw notGguf(start);
    }
    in.enter("version");
    int version = in.i32();
    if ((version & 0xffff) == 0 && version != 0) {
      throw refusal(
          Kind.UNSUPPORTED,
          "is a big-endian GGUF file. Get the little-endian one, which most are.");
    }
    if (version == 1) {
      throw refusal(
          Kind.UNSUPPORTED, "has GGUF version 1, which is no longer read. Get a newer file.");
    }
    if (version < 2 || version > 3) {
      throw refusal(
          Kind.UNSUPPORTED,
          "has GGUF version %s; versions 2 and 3 can be read. The file may be newer than this program, or damaged."
              .formatted(Integer.toUnsignedString(version)));
    }
    return version;
  }

  private ModelException notGguf(byte[] start) throws IOException {
    byte[] rest = new byte[Math.max(0, start.length - 4)];
    in.copy(rest, rest.length);
    System.arraycopy(rest, 0, start, start.length - rest.length, rest.length);
    return refusal(
        Kind.NOT_A_MODEL, "is not a GGUF model: it " + FileLook.describe(start, start.length));
  }

  private void requireCount(String what, long count, int most, int leastBytesEach) {
    if (count < 0 || count > most) {
      throw in.damaged(
          "claims %s %s, but %d are the most there can be",
          Long.toUnsignedString(count), what, most);
    }
    in.require(count * leastBytesEach);
  }

  private void entry() throws IOException {
    long start = in.position();
    String key = in.text(MOST_KEY_BYTES);
    if (key.isEmpty() || key.chars().anyMatch(Character::isISOControl)) {
      throw in.damaged("has a key that is empty or holds control characters");
    }
    if (metadata.containsKey(key)) {
      throw in.damaged("repeats the key '%s'", key);
    }
    in.named(key);
    GgufType type = type();
    metadata.put(key, type == GgufType.ARRAY ? array(key) : scalar(type));
    if (TokenizerEntries.decides(key)) {
      tokenizer.add(new TokenizerEntries.Range(start, in.position()));
    }
  }

  static String abridged(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  private GgufType type() throws IOException {
    int number = in.i32();
    return GgufType.of(number)
        .orElseThrow(() -> in.damaged("has the unknown value type %d", number));
  }

  private GgufValue scalar(GgufType type) throws IOException {
    return switch (type) {
      case STRING -> new GgufValue.Text(keptText());
      case BOOL -> new GgufValue.Flag(in.i8() != 0);
      case F32 -> new GgufValue.Real(type, Float.intBitsToFloat(in.i32()));
      case F64 -> new GgufValue.Real(type, Double.longBitsToDouble(in.i64()));
      case U8, I8, U16, I16, U32, I32, U64, I64 -> new GgufValue.Whole(type, whole(type));
      case ARRAY -> throw in.damaged("holds an array within an array");
    };
  }

  private String keptText() throws IOException {
    long before = in.position();
    String text = in.text(MOST_TEXT_BYTES);
    keptTextBytes += in.position() - before;
    if (keptTextBytes > MOST_KEPT_TEXT_BYTES) {
      throw in.damaged(
          "is one text too many: together they have more than %d bytes", MOST_KEPT_TEXT_BYTES);
    }
    return text;
  }

  private long whole(GgufType type) throws IOException {
    return switch (type) {
      case U8 -> in.i8() & 0xff;
      case I8 -> in.i8();
      case U16 -> in.i16() & 0xffff;
      case I16 -> in.i16();
      case U32 -> Integer.toUnsignedLong(in.i32());
      case I32 -> in.i32();
      case U64, I64 -> in.i64();
      case F32, F64, BOOL, STRING, ARRAY -> throw new IllegalArgumentException(type.name());
    };
  }

  private GgufValue array(String key) throws IOException {
    GgufType elements = type();
    long length = in.i64();
    int most = key.equals(Keys.TOKENS) ? VocabularyScan.MOST_TOKENS : MOST_ELEMENTS;
    if (length < 0 || length > most) {
      throw in.damaged(
          "claims an array of %s elements, but %d are the most there can be",
          Long.toUnsignedString(length), most);
    }
    if (elements == GgufType.ARRAY) {
      throw in.damaged("holds an array within an array");
    }
    List<Long> wholes = new ArrayList<>();
    if (elements == GgufType.STRING) {
      in.require(length * Long.BYTES);
      texts(key, (int) length);
    } else if (elements.isWhole() && length <= GgufValue.Array.MOST_KEPT) {
      in.require(length * elements.bytes());
      for (int i = 0; i < length; i++) {
        wholes.add(whole(elements));
      }
    } else {
      in.skip(length * elements.bytes());
    }
    return new GgufValue.Array(elements, length, wholes);
  }

  private void texts(String key, int length) throws IOException {
    if (!key.equals(Keys.TOKENS)) {
      in.skipTexts(length, MOST_TEXT_BYTES);
      return;
    }
    VocabularyScan scan = new VocabularyScan(length);
    in.scan(length, scan);
    vocabulary = scan;
  }

  private int alignment() {
    GgufValue value = metadata.get(Keys.ALIGNMENT);
    if (value == null) {
      return 32;
    }
    in.enter("metadata entry");
    in.named(Keys.ALIGNMENT);
    if (!(value instanceof GgufValue.Whole(GgufType type, long alignment))
        || type != GgufType.U32) {
      throw in.damaged("is not a 32-bit number");
    }
    if (Long.bitCount(alignment) != 1 || alignment > 1 << 16) {
      throw in.damaged("is %d, not a power of two up to 65536", alignment);
    }
    return (int) alignment;
  }

  private ModelException refusal(Kind kind, String rest) {
    return new ModelException(kind, in.file() + " " + rest);
  }
}
