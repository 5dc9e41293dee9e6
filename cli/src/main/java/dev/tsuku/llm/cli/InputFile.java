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

  /** What a request may have: no more is read, however much there is. */
  private static final int MAX_BYTES = 16 << 20;

  private InputFile() {}

  /** Editors of some systems put one before a text; it is no part of it. */
  static String withoutByteOrderMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /**
   * All of a file.
   *
   * @throws Failure if there is none, it is no text, or it is larger than any request
   */
  static String read(Path file) {
    requireFindable(file);
    try (InputStream in = Files.newInputStream(file)) {
      long size = Files.isRegularFile(file) ? Files.size(file) : 0;
      return text(in, file.toString(), size);
    } catch (NoSuchFileException e) {
      throw new Failure(missing(file), e);
    } catch (CharacterCodingException e) {
      throw new Failure(file + " is not text in UTF-8. Convert it first.", e);
    } catch (IOException e) {
      throw new Failure(file + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  /** What is there instead of a file: nothing, or a link to nothing. */
  static String missing(Path file) {
    if (!Files.isSymbolicLink(file)) {
      return "There is no file " + file + ".";
    }
    String target;
    try {
      target = Files.readSymbolicLink(file).toString();
    } catch (IOException e) {
      target = "a place";
    }
    return file
        + " is a link to "
        + target
        + ", which does not exist. Change the link, or remove it.";
  }

  /**
   * Refuses relative paths where Java cannot know what they are relative to.
   *
   * @throws Failure if that is so
   */
  static void requireFindable(Path path) {
    if (!path.isAbsolute() && !Files.isDirectory(Path.of(System.getProperty("user.dir", "/")))) {
      throw new Failure(
          "'"
              + path
              + "' cannot be found from the working directory, whose name is not UTF-8 or which is"
              + " gone. Give its absolute path, or change to another directory.");
    }
  }

  /**
   * All of standard input without trailing line ends, as in a shell's {@code $(...)}.
   *
   * @throws Failure if it is not text, cannot be read, or is larger than any request
   */
  static String readAll(InputStream in) {
    try {
      return text(in, "Standard input", 0).replaceFirst("\\R+\\z", "");
    } catch (CharacterCodingException e) {
      throw new Failure("Standard input is not text in UTF-8. Convert it first.", e);
    } catch (IOException e) {
      throw new Failure("Standard input cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private static String text(InputStream in, String what, long size) throws IOException {
    byte[] bytes = size > MAX_BYTES ? new byte[0] : in.readNBytes(MAX_BYTES + 1);
    if (size > MAX_BYTES || bytes.length > MAX_BYTES) {
      throw new Failure(
          what
              + " has "
              + (size > MAX_BYTES ? size : "more than " + MAX_BYTES)
              + " bytes; a request may have "
              + MAX_BYTES
              + " bytes (16 MiB). Give a shorter one.");
    }
    return withoutByteOrderMark(
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
  }
}
