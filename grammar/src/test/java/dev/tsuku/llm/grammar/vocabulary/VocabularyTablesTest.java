package dev.tsuku.llm.grammar.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VocabularyTablesTest {

  /** The checksum of the tables of {@link #texts} in {@link VocabularyTables#FORMAT} 1. */
  private static final String CHECKSUM = "9f027242";

  /** All bytes, what JSON is made of, some texts twice, and many that begin alike. */
  private static byte[][] texts() {
    SplittableRandom random = new SplittableRandom(7);
    List<byte[]> texts = new ArrayList<>();
    texts.add(new byte[0]);
    for (int b = 0; b < 256; b++) {
      texts.add(new byte[] {(byte) b});
    }
    for (String text : List.of("\": \"", "\",\"", "a\"", "é\\", "é", "日本", "\n\n", "a\u0001b")) {
      texts.add(text.getBytes(StandardCharsets.UTF_8));
      texts.add(text.getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder(i % 2 == 0 ? "beginning" : "");
      for (int length = 1 + random.nextInt(8); length > 0; length--) {
        text.append("ab\" é\\\u0000".charAt(random.nextInt(7)));
      }
      texts.add(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    return texts.toArray(new byte[0][]);
  }

  private static VocabularyTables tables() {
    return new VocabularyTables(TextTokens.of(texts()), List.of(0, 17));
  }

  /** Few, for what is tried with each byte. */
  private static VocabularyTables few() {
    byte[][] texts = {{}, {'a'}, {'a', 'b'}, {'a', '"'}, {'"'}, {'a'}, {(byte) 0xc3, (byte) 0xa9}};
    return new VocabularyTables(TextTokens.of(texts), List.of(0));
  }

  private static byte[] written(VocabularyTables tables) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tables.writeTo(new TableWriter(Channels.newChannel(bytes)));
    return bytes.toByteArray();
  }

  private static VocabularyTables read(byte[] bytes) throws IOException {
    return VocabularyTables.readFrom(
        new TableReader(Channels.newChannel(new ByteArrayInputStream(bytes)), bytes.length));
  }

  @Test
  void what_is_read_is_what_was_written() throws IOException {
    byte[] bytes = written(tables());
    VocabularyTables read = read(bytes);
    assertThat(written(read)).isEqualTo(bytes);
    assertThat(read.ends()).containsExactly(0, 17);
    byte[][] texts = texts();
    for (int token = 0; token < texts.length; token++) {
      assertThat(read.texts().bytes(token)).isEqualTo(texts[token]);
    }
  }

  @Test
  void arrays_longer_than_the_buffer_survive() throws IOException {
    byte[][] texts = new byte[100_000][];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = Integer.toString(i * 7).getBytes(StandardCharsets.US_ASCII);
    }
    byte[] bytes = written(new VocabularyTables(TextTokens.of(texts), List.of()));
    assertThat(bytes.length).isGreaterThan(8 * TableWriter.BUFFER_BYTES);
    VocabularyTables read = read(bytes);
    assertThat(Arrays.equals(written(read), bytes)).isTrue();
    assertThat(read.texts().bytes(99_999)).asString().isEqualTo("699993");
  }

  /**
   * Fails when something else is written, or computed, than in this form: then {@link
   * VocabularyTables#FORMAT} is to be raised, so that no daemon uses what another one wrote.
   */
  @Test
  void the_form_is_the_one_that_its_number_stands_for() throws IOException {
    byte[] bytes = written(tables());
    assertThat(VocabularyTables.FORMAT).isEqualTo(1);
    assertThat(HexFormat.of().formatHex(bytes, bytes.length - Integer.BYTES, bytes.length))
        .isEqualTo(CHECKSUM);
  }

  @Test
  void every_damaged_byte_is_noticed() throws IOException {
    byte[] bytes = written(few());
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= (byte) (1 << i % Byte.SIZE);
      assertThatThrownBy(() -> read(damaged)).as("byte %d", i).isInstanceOf(IOException.class);
    }
  }

  @Test
  void every_cut_and_anything_behind_is_noticed() throws IOException {
    byte[] bytes = written(few());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut)).as("%d bytes", length).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void a_file_that_is_cut_while_it_is_read_is_refused() throws IOException {
    byte[] bytes = written(few());
    byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
    assertThatThrownBy(
            () ->
                VocabularyTables.readFrom(
                    new TableReader(
                        Channels.newChannel(new ByteArrayInputStream(half)), bytes.length)))
        .hasMessage("it has become shorter");
  }

  @Test
  void tokens_are_in_the_order_of_their_bytes() {
    byte[][] texts = texts();
    TokenTexts all = TokenTexts.of(texts);
    TokenOrder order = TokenOrder.of(all);
    int[] expected =
        IntStream.range(0, texts.length)
            .filter(token -> texts[token].length > 0)
            .boxed()
            .sorted(
                Comparator.comparing((Integer token) -> texts[token], Arrays::compareUnsigned)
                    .thenComparing(token -> token))
            .mapToInt(Integer::intValue)
            .toArray();
    assertThat(IntStream.range(0, order.size()).map(order::text).toArray()).isEqualTo(expected);
    TokenOrder some = order.only(token -> token % 3 == 0);
    byte[] before = {};
    for (int i = 0; i < some.size(); i++) {
      byte[] text = texts[some.text(i)];
      int mismatch = Arrays.mismatch(before, text);
      assertThat(some.shared(i)).isEqualTo(mismatch < 0 ? text.length : mismatch);
      before = text;
    }
  }

  @Test
  void tokens_are_of_the_kind_that_their_text_says() {
    byte[][] texts = texts();
    TextTokens tokens = TextTokens.of(texts);
    BitSet plain = tokens(tokens.plain());
    BitSet quoted = tokens(tokens.quoted());
    BitSet ended = new BitSet();
    for (int end = 0; end < tokens.ends().trie().size(); end++) {
      tokens
          .ends()
          .trie()
          .texts(end, number -> Arrays.stream(tokens.ends().tokens(number)).forEach(ended::set));
    }
    for (int token = 0; token < texts.length; token++) {
      String text = new String(texts[token], StandardCharsets.ISO_8859_1);
      boolean hasQuote = text.matches("(?s).*[\"\\\\].*");
      assertThat(quoted.get(token)).as(text).isEqualTo(hasQuote);
      assertThat(plain.get(token))
          .as(text)
          .isEqualTo(!text.isEmpty() && !hasQuote && !text.matches("(?s).*[\u0000-\u001f].*"));
      String before = text.replaceFirst("(?s)[\"\\\\].*", "");
      String decoded =
          new String(before.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      assertThat(ended.get(token)).as(text).isEqualTo(hasQuote && !decoded.contains("\uFFFD"));
      boolean isInSlice = (tokens.slice().set(Integer.MAX_VALUE)[token >> 6] & (1L << token)) != 0;
      assertThat(isInSlice)
          .as(text)
          .isEqualTo(
              plain.get(token) && (!decoded.contains("\uFFFD") || isBeginning(texts[token])));
    }
  }

  /** Whether a single byte begins a character of several, and can be followed by its others. */
  private static boolean isBeginning(byte[] text) {
    int b = text[0] & 0xff;
    return text.length == 1 && b >= 0xc2 && b <= 0xf4;
  }

  @Test
  void the_texts_of_a_node_are_told_and_marked_alike_with_and_without_equal_ones() {
    for (byte[][] texts : List.of(texts(), new byte[][] {{'a'}, {'a', 'b'}, {'b'}})) {
      TokenTrie trie = TextTokens.of(texts).all();
      long[] marked = new long[texts.length / Long.SIZE + 1];
      for (int node = 0; node < trie.size(); node++) {
        trie.mark(node, marked);
      }
      assertThat(BitSet.valueOf(marked)).isEqualTo(tokens(trie));
    }
  }

  private static BitSet tokens(TokenTrie trie) {
    BitSet tokens = new BitSet();
    for (int node = 0; node < trie.size(); node++) {
      trie.texts(node, tokens::set);
    }
    return tokens;
  }
}
