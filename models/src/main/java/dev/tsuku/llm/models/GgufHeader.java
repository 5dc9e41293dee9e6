package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What stands before the tensor data of a model file: metadata and the list of its tensors.
 *
 * <p>A header that exists has been read whole, without contradiction, and its tensor data lies
 * within the file. Whether the model can be loaded is a further question, which {@link ModelFile}
 * answers. Immutable.
 */
public final class GgufHeader {

  private final Path file;
  private final GgufContents contents;
  private final String architecture;

  private GgufHeader(Path file, GgufContents contents, String architecture) {
    this.file = file;
    this.contents = contents;
    this.architecture = architecture;
  }

  /**
   * Reads the header of a model. Takes milliseconds, whatever the size of the file.
   *
   * @param file a file of one part, or the first part of several
   * @throws ModelException if there is no such file, it cannot be read, is not a model, or is
   *     damaged or incomplete
   */
  public static GgufHeader read(Path file) {
    ModelFiles.requireRegular(file);
    return of(file, GgufParser.parse(file));
  }

  static GgufHeader of(Path file, GgufContents contents) {
    String type = contents.text(Keys.TYPE).orElse("model");
    switch (type) {
      case "model" -> {}
      case "adapter" ->
          throw refusal(Kind.NOT_A_MODEL, file, "holds an adapter. Name the model it adapts.");
      case "mmproj" ->
          throw refusal(
              Kind.NOT_A_MODEL, file, "holds an image or sound encoder. Name the model it is for.");
      case "imatrix" ->
          throw refusal(
              Kind.NOT_A_MODEL, file, "holds statistics for quantizing. Name the model itself.");
      case "vocab" ->
          throw refusal(
              Kind.NOT_A_MODEL, file, "holds a vocabulary but no weights. Name the model itself.");
      default ->
          throw refusal(
              Kind.NOT_A_MODEL,
              file,
              "is a GGUF file of type '%s'. Name one that holds a model."
                  .formatted(GgufParser.abridged(type)));
    }
    String architecture = contents.text(Keys.ARCHITECTURE).orElse("");
    if (architecture.isEmpty() || architecture.chars().anyMatch(Character::isISOControl)) {
      throw refusal(
          Kind.DAMAGED, file, "does not say which architecture its model has. Download it again.");
    }
    return new GgufHeader(file, contents, architecture);
  }

  static ModelException refusal(Kind kind, Path file, String rest) {
    return new ModelException(kind, file + " " + rest);
  }

  /** The file it was read from; of several parts, the first. */
  public Path file() {
    return file;
  }

  /** The version of the GGUF format, 2 or 3. */
  public int version() {
    return contents.version();
  }

  /** The name of the model's architecture, such as {@code "qwen2"}; the first word of many keys. */
  public String architecture() {
    return architecture;
  }

  /** The name the model's makers gave it. */
  public Optional<String> name() {
    return string(Keys.NAME);
  }

  /** The model's chat template, as Jinja source. */
  public Optional<String> chatTemplate() {
    return string(Keys.CHAT_TEMPLATE);
  }

  /** The context length the model was trained for, in tokens. */
  public OptionalLong contextLength() {
    return own("context_length");
  }

  /** How many layers the model has. */
  public OptionalLong blockCount() {
    return own("block_count");
  }

  /** The width of the model. */
  public OptionalLong embeddingLength() {
    return own("embedding_length");
  }

  /** How many tokens the vocabulary has; 0 if the file has none. */
  public int vocabularySize() {
    VocabularyScan vocabulary = contents.vocabulary();
    return vocabulary == null ? 0 : vocabulary.size();
  }

  /** Attention heads, layer by layer; empty if the model does not say. */
  public List<Long> headCounts() {
    return perLayer("attention.head_count");
  }

  /** Heads whose keys and values are remembered, layer by layer; empty if the model has none. */
  public List<Long> keyValueHeadCounts() {
    List<Long> own = perLayer("attention.head_count_kv");
    return own.isEmpty() ? headCounts() : own;
  }

  /** Size of all tensors in bytes. */
  public long totalTensorBytes() {
    return tensors().stream().mapToLong(TensorInfo::bytes).sum();
  }

  /** How many numbers all tensors hold. */
  public long parameterCount() {
    return tensors().stream().mapToLong(TensorInfo::elements).sum();
  }

  /** The text under a key, if there is one. */
  public Optional<String> string(String key) {
    return contents.text(key);
  }

  /** The whole number under a key, if there is one. */
  public OptionalLong number(String key) {
    return contents.whole(key);
  }

  /** The truth value under a key, if there is one. */
  public Optional<Boolean> flag(String key) {
    return contents.metadata().get(key) instanceof GgufValue.Flag flag
        ? Optional.of(flag.value())
        : Optional.empty();
  }

  /**
   * All entries that decide which bytes each token stands for and which tokens end an answer, as
   * they stand in the file: some MiB of it.
   *
   * @return empty if the file has changed since this header was read
   * @throws IOException if it cannot be read
   */
  public Optional<byte[]> tokenizerEntries() throws IOException {
    return contents.tokenizer().read(file);
  }

  GgufContents contents() {
    return contents;
  }

  List<TensorInfo> tensors() {
    return contents.tensors();
  }

  /** The key of this name that belongs to the architecture. */
  String key(String name) {
    return architecture + "." + name;
  }

  OptionalLong own(String name) {
    return number(key(name));
  }

  /** A number that is given once for all layers, or for each; empty if it is not given. */
  List<Long> perLayer(String name) {
    Optional<GgufValue.Array> array = contents.array(key(name));
    if (array.isPresent()) {
      return array.get().wholes();
    }
    OptionalLong one = own(name);
    int layers = Math.clamp(blockCount().orElse(0), 0, GgufValue.Array.MOST_KEPT);
    return one.isPresent() ? Collections.nCopies(layers, one.getAsLong()) : List.of();
  }
}
