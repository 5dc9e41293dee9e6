package dev.tsuku.llm.models;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files, sound or not: every entry and tensor can be replaced or left out. */
final class GgufBytes {

  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private final List<byte[]> tensors = new ArrayList<>();
  private int version = 3;
  private long dataBytes;

  /** A file that passes every check, though its model could not speak. */
  static GgufBytes sound() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int i = 0; i < 256; i++) {
      tokens.add("<0x%02X>".formatted(i));
    }
    return new GgufBytes()
        .text("general.architecture", "llama")
        .text("general.name", "Sound")
        .u32("llama.block_count", 2)
        .u32("llama.context_length", 128)
        .u32("llama.embedding_length", 32)
        .u32("llama.attention.head_count", 4)
        .u32("llama.attention.head_count_kv", 2)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .text("tokenizer.ggml.model", "llama")
        .texts("tokenizer.ggml.tokens", tokens)
        .tensor("token_embd.weight", 0, 32, 259)
        .tensor("output_norm.weight", 0, 32);
  }

  static GgufBytes empty() {
    return new GgufBytes();
  }

  GgufBytes version(int version) {
    this.version = version;
    return this;
  }

  GgufBytes without(String key) {
    entries.remove(key);
    return this;
  }

  GgufBytes withoutTensors() {
    tensors.clear();
    dataBytes = 0;
    return this;
  }

  GgufBytes text(String key, String value) {
    return raw(key, 8, string(value));
  }

  GgufBytes u32(String key, int value) {
    return raw(key, 4, ints(value));
  }

  GgufBytes u16(String key, int value) {
    return raw(key, 2, little(2).putShort((short) value).array());
  }

  GgufBytes f32(String key, float value) {
    return raw(key, 6, little(4).putFloat(value).array());
  }

  GgufBytes texts(String key, List<String> values) {
    byte[][] parts = values.stream().map(GgufBytes::string).toArray(byte[][]::new);
    return raw(key, 9, joined(ints(8), longs(values.size()), joined(parts)));
  }

  /** An array of 32-bit numbers. */
  GgufBytes numbers(String key, int type, int... values) {
    return raw(key, 9, joined(ints(type), longs(values.length), ints(values)));
  }

  /** An entry whose value is whatever it is. */
  GgufBytes raw(String key, int type, byte[] value) {
    entries.put(key, joined(string(key), ints(type), value));
    return this;
  }

  /** The same entry again. */
  GgufBytes repeated(String key) {
    entries.put(key + " again", entries.getOrDefault(key, new byte[0]));
    return this;
  }

  /** A tensor of 32-bit numbers, as far as its size goes, where it should be. */
  GgufBytes tensor(String name, int type, long... dimensions) {
    long bytes = 4;
    for (long dimension : dimensions) {
      bytes *= dimension;
    }
    tensorAt(dataBytes, name, type, dimensions);
    dataBytes += (bytes + 31) / 32 * 32;
    return this;
  }

  GgufBytes tensorAt(long offset, String name, int type, long... dimensions) {
    tensors.add(
        joined(
            string(name), ints(dimensions.length), longs(dimensions), ints(type), longs(offset)));
    return this;
  }

  byte[] bytes() {
    byte[] header =
        joined(
            "GGUF".getBytes(StandardCharsets.US_ASCII),
            ints(version),
            longs(tensors.size(), entries.size()),
            joined(entries.values().toArray(byte[][]::new)),
            joined(tensors.toArray(byte[][]::new)));
    int padding = (32 - header.length % 32) % 32;
    return joined(header, new byte[padding + (int) Math.min(dataBytes, 1 << 20)]);
  }

  Path writeTo(Path file) {
    return write(file, bytes());
  }

  static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return joined(longs(bytes.length), bytes);
  }

  static byte[] ints(int... values) {
    byte[] bytes = new byte[values.length * Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return bytes;
  }

  static byte[] longs(long... values) {
    byte[] bytes = new byte[values.length * Long.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
    return bytes;
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
