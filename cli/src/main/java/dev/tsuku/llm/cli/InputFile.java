package dev.tsuku.llm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The input of commands, from files and standard input. Stateless. */
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

  /**
   * All of standard input without trailing line ends, as in a shell's {@code $(...)}.
   *
   * @throws Failure if it is not text, or cannot be read
   */
  static String readAll(InputStream in) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readAllBytes())).toString();
      return withoutByteOrderMark(text).replaceFirst("\\R+\\z", "");
    } catch (CharacterCodingException e) {
      throw new Failure("Standard input is not text in UTF-8. Convert it first.", e);
    } catch (IOException e) {
      throw new Failure("Standard input cannot be read: " + e.getMessage(), e);
    }
  }
}
