package dev.tsuku.llm.daemon.tables;

import dev.tsuku.llm.grammar.vocabulary.TableReader;
import dev.tsuku.llm.grammar.vocabulary.TableWriter;
import dev.tsuku.llm.models.GgufHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What the tables of a model's vocabulary depend on: the tokenizer as it stands in the model's
 * file, and llama.cpp, which reads it. All of it is written beside the tables and compared, because
 * that takes a tenth of the time that a young JVM needs for a cryptographic digest of it.
 * Immutable.
 */
public final class TablesKey {

  private final byte[] version;
  private final byte[] tokenizer;

  /**
   * A key.
   *
   * @param tokenizer not to be changed any more
   */
  TablesKey(String version, byte[] tokenizer) {
    this.version = version.getBytes(StandardCharsets.UTF_8);
    this.tokenizer = tokenizer;
  }

  /**
   * The key of a model. Reads some MiB of its file.
   *
   * @param version of whatever makes tables of it
   * @return empty if the file has changed since its header was read
   * @throws IOException if it cannot be read
   */
  public static Optional<TablesKey> of(GgufHeader header, String version) throws IOException {
    return header.tokenizerEntries().map(tokenizer -> new TablesKey(version, tokenizer));
  }

  /** A name for files: that two keys have the same is very improbable, but possible. */
  String name() {
    // Not formatted: that would take as long as all the rest of a look-up in a young JVM.
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(sum(new CRC32C())) + hex.toHexDigits(sum(new CRC32()));
  }

  private int sum(Checksum checksum) {
    checksum.update(version, 0, version.length);
    checksum.update(tokenizer, 0, tokenizer.length);
    return (int) checksum.getValue();
  }

  void writeTo(TableWriter out) throws IOException {
    out.bytes(version);
    out.bytes(tokenizer);
  }

  /** Whether what is read next is this key. */
  boolean isNext(TableReader in) throws IOException {
    return in.nextIs(version) && in.nextIs(tokenizer);
  }
}
