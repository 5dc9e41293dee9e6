package dev.tsuku.llm.tests.interop;

import dev.tsuku.llm.testkit.SharedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the clients come from, and where what is made of them goes. */
final class Sources {

  /** The directory of the wire's definition. */
  static final Path PROTO = SharedFiles.root().resolve("protocol/src/main/protobuf");

  /** The wire's definition, in {@link #PROTO}. */
  static final String LLM = "tsuku/llm/v1/llm.proto";

  private Sources() {}

  /** The sources of one language's client. */
  static Path of(String language) {
    return SharedFiles.root().resolve("tests/interop").resolve(language);
  }

  /** Where everything goes that is generated from them. */
  static Path target(String language) {
    return SharedFiles.root().resolve("tests/target/interop").resolve(language);
  }

  /** A directory, made if it is missing. */
  static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the directory " + path, e);
    }
  }
}
