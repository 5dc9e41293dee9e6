package dev.tsuku.llm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A small model that llama.cpp loads and runs, of architecture {@code llama} with 32-bit weights.
 * Immutable; each change makes another model. Equal models make equal files.
 *
 * <pre>{@code
 * Path file = TinyGguf.saying("Hello!").writeTo(directory.resolve("hello.gguf"));
 * }</pre>
 */
public final class TinyGguf {

  /** A chat template in the ChatML form, for {@link TinyVocabulary#chat}. */
  public static final String CHATML =
      """
      {%- for message in messages -%}
      {{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
      """;

  // So short that most characters beyond ASCII end in another token than they began in.
  private static final int PIECE_BYTES = 3;

  private final TinyVocabulary vocabulary;
  private final Behaviour behaviour;
  private final TinyShape shape;
  private final String name;
  private final @Nullable String chatTemplate;
  private final Map<String, Integer> numbers;

  private TinyGguf(
      TinyVocabulary vocabulary,
      Behaviour behaviour,
      TinyShape shape,
      String name,
      @Nullable String chatTemplate,
      Map<String, Integer> numbers) {
    this.vocabulary = vocabulary;
    this.behaviour = behaviour;
    this.shape = shape;
    this.name = name;
    this.chatTemplate = chatTemplate;
    this.numbers = numbers;
  }

  /** Random weights over a vocabulary: says anything, may end anywhere, the same each time. */
  public static TinyGguf random(TinyVocabulary vocabulary) {
    return new TinyGguf(
        vocabulary, new Behaviour.Random(1, List.of()), TinyShape.SMALL, "Tiny", null, Map.of());
  }

  /**
   * Says this text and ends, whatever it is asked, at any sensible temperature. A text of one byte
   * is the exception: asked something that ends in it, the model ends at once.
   *
   * @param text at least one character; its tokens are three bytes or a little more each
   */
  public static TinyGguf saying(String text) {
    return saying(Pieces.of(text.getBytes(StandardCharsets.UTF_8), PIECE_BYTES));
  }

  /**
   * Says these bytes and ends, whatever it is asked: one token for each piece, which may be part of
   * a character. No piece may be there twice, and what it is asked must not end in a piece of a
   * single byte.
   */
  public static TinyGguf saying(List<byte[]> pieces) {
    return chain(pieces, TinyVocabulary.chat(), false);
  }

  /** Says this text over and over, and never ends. */
  public static TinyGguf endless(String text) {
    return chain(
        Pieces.of(text.getBytes(StandardCharsets.UTF_8), PIECE_BYTES), TinyVocabulary.chat(), true);
  }

  /** Never ends, and takes some milliseconds for each token: for what happens meanwhile. */
  public static TinyGguf slow() {
    return endless("and so on, ").shaped(TinyShape.SLOW).named("Slow");
  }

  /**
   * Says a token after each: the one in the table, or {@code otherwise} after those that are not in
   * it.
   */
  public static TinyGguf followedBy(
      TinyVocabulary vocabulary, Map<Integer, Integer> next, int otherwise) {
    return new TinyGguf(
        vocabulary, new Behaviour.Table(next, otherwise), TinyShape.SMALL, "Tiny", null, Map.of());
  }

  private static TinyGguf chain(List<byte[]> pieces, TinyVocabulary start, boolean endless) {
    TinyVocabulary vocabulary = start;
    for (byte[] piece : pieces) {
      vocabulary = vocabulary.has(piece) ? vocabulary : vocabulary.withSpoken(piece);
    }
    List<Integer> ids = new ArrayList<>();
    for (byte[] piece : pieces) {
      ids.add(vocabulary.id(piece));
    }
    if (Set.copyOf(ids).size() < ids.size()) {
      throw new IllegalArgumentException("a piece is there twice, so what follows it is not clear");
    }
    Map<Integer, Integer> next = new HashMap<>();
    for (int i = 0; i + 1 < ids.size(); i++) {
      next.put(ids.get(i), ids.get(i + 1));
    }
    next.put(ids.getLast(), endless ? ids.getFirst() : vocabulary.end());
    return followedBy(vocabulary, next, ids.getFirst()).withChatTemplate(CHATML);
  }

  /** With other random weights. */
  public TinyGguf seeded(long seed) {
    return with(new Behaviour.Random(seed, randomly().never()));
  }

  /** With random weights that never say a token that ends the answer, or another control token. */
  public TinyGguf neverEnding() {
    return with(new Behaviour.Random(randomly().seed(), vocabulary.controls()));
  }

  private Behaviour.Random randomly() {
    if (behaviour instanceof Behaviour.Random random) {
      return random;
    }
    throw new IllegalStateException("this model has no random weights");
  }

  private TinyGguf with(Behaviour other) {
    return new TinyGguf(vocabulary, other, shape, name, chatTemplate, numbers);
  }

  /** With another size; wider than asked for where a table needs it. */
  public TinyGguf shaped(TinyShape other) {
    return new TinyGguf(vocabulary, behaviour, other, name, chatTemplate, numbers);
  }

  /** With another name in its metadata. */
  public TinyGguf named(String other) {
    return new TinyGguf(vocabulary, behaviour, shape, other, chatTemplate, numbers);
  }

  /** With one more number in its metadata. */
  public TinyGguf withNumber(String key, int number) {
    return new TinyGguf(vocabulary, behaviour, shape, name, chatTemplate, Map.of(key, number));
  }

  /** With a chat template, as Jinja source. */
  public TinyGguf withChatTemplate(String template) {
    return new TinyGguf(vocabulary, behaviour, shape, name, template, numbers);
  }

  /** With no chat template. */
  public TinyGguf withoutChatTemplate() {
    return new TinyGguf(vocabulary, behaviour, shape, name, null, numbers);
  }

  public TinyVocabulary vocabulary() {
    return vocabulary;
  }

  /** The size it will have. */
  public TinyShape shape() {
    return switch (behaviour) {
      case Behaviour.Random random -> shape;
      case Behaviour.Table table -> shape.atLeast(TinyWeights.width(table));
    };
  }

  /**
   * Writes the model.
   *
   * @return the file
   */
  public Path writeTo(Path file) {
    GgufWriter out = new GgufWriter();
    describe(out, shape());
    vocabulary.describe(out);
    TinyWeights weights = new TinyWeights(out, shape(), vocabulary.size());
    switch (behaviour) {
      case Behaviour.Random random -> weights.random(random);
      case Behaviour.Table table -> weights.follow(table);
    }
    try {
      out.writeTo(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model " + file, e);
    }
    return file;
  }

  private void describe(GgufWriter out, TinyShape size) {
    out.text("general.architecture", "llama");
    out.text("general.type", "model");
    out.text("general.name", name);
    out.number("llama.vocab_size", vocabulary.size());
    out.number("llama.context_length", size.context());
    out.number("llama.embedding_length", size.embedding());
    out.number("llama.block_count", size.layers());
    out.number("llama.feed_forward_length", size.feedForward());
    out.number("llama.rope.dimension_count", size.embedding() / size.heads());
    out.number("llama.attention.head_count", size.heads());
    out.number("llama.attention.head_count_kv", size.keyValueHeads());
    out.real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    numbers.forEach(out::number);
    if (chatTemplate != null) {
      out.text("tokenizer.chat_template", chatTemplate);
    }
  }

  /** Cuts a text into pieces of which no two are equal. */
  private static final class Pieces {

    private Pieces() {}

    static List<byte[]> of(byte[] text, int size) {
      if (text.length == 0) {
        throw new IllegalArgumentException("a model cannot say nothing");
      }
      List<byte[]> pieces = new ArrayList<>();
      Set<String> seen = new HashSet<>();
      int start = 0;
      while (start < text.length) {
        int end = Math.min(start + size, text.length);
        while (end < text.length && seen.contains(key(text, start, end))) {
          end++;
        }
        // A remainder that is too short, or there already, goes to the piece before.
        while (!pieces.isEmpty() && (end - start < 2 || seen.contains(key(text, start, end)))) {
          start -= pieces.removeLast().length;
        }
        seen.add(key(text, start, end));
        pieces.add(Arrays.copyOfRange(text, start, end));
        start = end;
      }
      return pieces;
    }

    private static String key(byte[] text, int start, int end) {
      return new String(text, start, end - start, StandardCharsets.ISO_8859_1);
    }
  }
}
