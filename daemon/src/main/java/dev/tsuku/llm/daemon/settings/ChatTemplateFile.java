package dev.tsuku.llm.daemon.settings;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A chat template for every model.
 *
 * @param name the file's absolute path, or {@link #CHATML}
 * @param source Jinja, or {@link #CHATML}
 */
public record ChatTemplateFile(String name, String source) {

  /** Names ChatML, for which there is no file. */
  public static final String CHATML = "chatml";

  /** More than any model's, and as much as is ever parsed. */
  private static final long MAX_BYTES = 1 << 20;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** Reads the file that a setting names; refuses with a sentence. */
  static ChatTemplateFile read(String text) {
    if (text.toLowerCase(Locale.ROOT).equals(CHATML)) {
      return new ChatTemplateFile(CHATML, CHATML);
    }
    Path path = path(text);
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException(
          "'" + text + "' is a relative path. Write the absolute path of a template, or chatml.");
    }
    return new ChatTemplateFile(path.toString(), source(path));
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no path. Write the absolute path of a template, or chatml.", e);
    }
  }

  private static String source(Path path) {
    try {
      if (!Files.exists(path) && Files.isSymbolicLink(path)) {
        throw new IllegalArgumentException(
            path
                + " is a link to "
                + Files.readSymbolicLink(path)
                + ", which does not exist. Change the link, or name another file.");
      }
      if (!Files.exists(path)) {
        throw new IllegalArgumentException(
            "There is no file " + path + ". Name a Jinja template, or write chatml.");
      }
      if (!Files.isRegularFile(path)) {
        throw new IllegalArgumentException(
            path + " is not a file. Name a Jinja template, or write chatml.");
      }
      if (Files.size(path) > MAX_BYTES) {
        throw new IllegalArgumentException(
            path + " has " + Files.size(path) + " bytes; " + MAX_BYTES + " are the limit.");
      }
      String source = Files.readString(path);
      if (source.isBlank()) {
        throw new IllegalArgumentException(
            path + " is empty. Name a Jinja template, or write chatml.");
      }
      return source.startsWith(BYTE_ORDER_MARK) ? source.substring(1) : source;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(path + " is not UTF-8. Save it as UTF-8.", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          path + " cannot be read. Make it readable, or name another file.", e);
    }
  }

  /** The name, as one would write it. */
  @Override
  public String toString() {
    return name;
  }
}
