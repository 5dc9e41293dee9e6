package dev.tsuku.llm.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that a user names. Stateless. */
final class InputFile {

  private InputFile() {}

  /** Editors of some systems put one before a text; it is no part of it. */
  static String withoutByteOrderMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /**
   * All of a file.
   *
   * @throws Failure if there is none, or it is no text
   */
  static String read(Path file) {
    try {
      return withoutByteOrderMark(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new Failure("There is no file " + file + ".", e);
    } catch (CharacterCodingException e) {
      throw new Failure(file + " is not text in UTF-8. Convert it first.", e);
    } catch (IOException e) {
      throw new Failure(file + " cannot be read: " + e.getMessage() + ".", e);
    }
  }
}
