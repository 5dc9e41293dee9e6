package dev.tsuku.llm.models;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/** Tells from its first bytes what a file is that is not a GGUF file. */
final class FileLook {

  /** How many bytes it wants to see, if there are so many. */
  static final int BYTES = 64;

  private FileLook() {}

  /** The end of a sentence that begins "the file is not a GGUF model; it ". */
  static String describe(byte[] start, int length) {
    String text = new String(start, 0, length, StandardCharsets.ISO_8859_1);
    String trimmed = text.stripLeading().toLowerCase(Locale.ROOT);
    if (length == 0) {
      return "is empty. Download it again.";
    }
    if (text.startsWith("version https://git-lfs")) {
      return "is a Git LFS pointer, which only names the file. Fetch the file itself with 'git lfs pull'.";
    }
    if (trimmed.startsWith("<!doctype html") || trimmed.startsWith("<html")) {
      return "looks like a web page, perhaps an error or log-in page. Download the file itself.";
    }
    if (trimmed.startsWith("{") || trimmed.startsWith("<?xml")) {
      return "looks like the answer of a web service. Download the file itself.";
    }
    if (text.startsWith("PK\3\4")) {
      return "looks like a zip archive or a PyTorch file. Unpack it, or convert the model to GGUF.";
    }
    if (text.startsWith("\u001f\u008b")
        || text.startsWith("\u00fd7zXZ")
        || text.startsWith("(\u00b5/\u00fd")) {
      return "looks like a compressed file. Unpack it first.";
    }
    if (text.startsWith("tjgg")
        || text.startsWith("fmgg")
        || text.startsWith("lmgg")
        || text.startsWith("algg")) {
      return "has the older GGML format, which is no longer read. Get the model as GGUF.";
    }
    if (length >= 9 && start[8] == '{' && start[7] == 0 && start[6] == 0) {
      return "looks like a safetensors file. Convert the model to GGUF, or get it as GGUF.";
    }
    return "begins with the bytes %s, not with \"GGUF\". Name a GGUF file."
        .formatted(HexFormat.ofDelimiter(" ").formatHex(start, 0, Math.min(length, 4)));
  }
}
