package dev.tsuku.llm.models;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The metadata entries of a file that decide which bytes its tokens stand for: where they are.
 * Immutable.
 *
 * @param stamp of the file, from before it was read
 * @param ranges of its bytes, in their order
 */
record TokenizerEntries(FileStamp stamp, List<Range> ranges) {

  private static final int CHUNK_BYTES = 1 << 18;

  /** Those of 262,000 tokens take 6 MiB. */
  private static final long MOST_BYTES = 64L << 20;

  /** llama.cpp treats some tokens of some models in a special way, which it knows by these. */
  private static final Set<String> NAMES = Set.of(Keys.ARCHITECTURE, Keys.NAME);

  private static final String PREFIX = "tokenizer.";

  /** Of these depends how text is cut into tokens, or nothing, but not what the tokens are. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          Keys.MERGES,
          Keys.SCORES,
          "tokenizer.ggml.precompiled_charsmap",
          "tokenizer.huggingface.json");

  TokenizerEntries {
    ranges = List.copyOf(ranges);
  }

  /**
   * Bytes of the file.
   *
   * @param end behind the last one
   */
  record Range(long start, long end) {}

  /** Whether an entry may decide which bytes tokens stand for, or which of them end an answer. */
  static boolean decides(String key) {
    return NAMES.contains(key)
        || (key.startsWith(PREFIX)
            && !key.startsWith(Keys.CHAT_TEMPLATE)
            && !WITHOUT_EFFECT.contains(key));
  }

  /**
   * The entries, keys and types included.
   *
   * @return empty if the file has changed since they were found
   * @throws IOException if it cannot be read, or they take more than 64 MiB
   */
  Optional<byte[]> read(Path file) throws IOException {
    long size = 0;
    for (Range range : ranges) {
      size += range.end() - range.start();
    }
    if (size > MOST_BYTES) {
      throw new IOException("the tokenizer takes " + size + " bytes, more than " + MOST_BYTES);
    }
    ByteBuffer entries = ByteBuffer.allocate((int) size);
    try (FileChannel channel = FileChannel.open(file)) {
      for (Range range : ranges) {
        for (long at = range.start(); at < range.end(); ) {
          // The JDK keeps native memory as large as the largest piece that a thread has read.
          entries.limit(entries.position() + (int) Math.min(CHUNK_BYTES, range.end() - at));
          int count = channel.read(entries, at);
          if (count < 0) {
            throw new EOFException("the file became shorter while it was read");
          }
          at += count;
        }
      }
    }
    return FileStamp.of(file).isSame(stamp) ? Optional.of(entries.array()) : Optional.empty();
  }
}
