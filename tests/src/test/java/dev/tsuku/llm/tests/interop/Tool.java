package dev.tsuku.llm.tests.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Something that the clients are made with and that does not come with Java.
 *
 * @param words for people
 * @param debianPackage which brings it
 * @param there whether this machine has it
 */
record Tool(String words, String debianPackage, BooleanSupplier there) {

  /** Debian's: the first of the PATH may be another one, without Debian's packages. */
  static final Path PYTHON = Path.of("/usr/bin/python3");

  /** Where Debian's packages put the sources of Go's. */
  static final Path GO_PACKAGES = Path.of("/usr/share/gocode");

  static final Tool GO = new Tool("the Go compiler", "golang-go", () -> isOnPath("go"));

  static final Tool GO_GRPC =
      new Tool(
          "gRPC for Go",
          "golang-google-grpc-dev",
          () -> isGoPackage("google.golang.org/grpc/health"));

  static final Tool GO_PROTOBUF =
      new Tool(
          "protobuf for Go",
          "golang-github-golang-protobuf-1-3-dev",
          () -> isGoPackage("github.com/golang/protobuf/proto"));

  static final Tool GO_STUBS =
      new Tool("protoc's plug-in for Go", "protoc-gen-go-1-3", () -> isOnPath("protoc-gen-go"));

  static final Tool PROTOC = new Tool("protoc", "protobuf-compiler", () -> isOnPath("protoc"));

  static final Tool PYTHON_GRPC =
      new Tool("gRPC for Python", "python3-grpcio", () -> importsInPython("grpc"));

  static final Tool PYTHON_PROTOBUF =
      new Tool("protobuf for Python", "python3-protobuf", () -> importsInPython("google.protobuf"));

  /** Skips the test if one of these is missing; in CI, which is there to prove it, fails it. */
  static void require(Tool... tools) {
    for (Tool tool : tools) {
      if (tool.there.getAsBoolean()) {
        continue;
      }
      String sentence =
          tool.words
              + " is missing, which this test needs; on Debian, the package "
              + tool.debianPackage
              + " brings it";
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError(sentence);
      }
      Assumptions.abort(sentence);
    }
  }

  private static boolean isOnPath(String command) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .map(directory -> Path.of(directory, command))
        .anyMatch(Files::isExecutable);
  }

  private static boolean isGoPackage(String name) {
    return Files.isDirectory(GO_PACKAGES.resolve("src").resolve(name));
  }

  private static boolean importsInPython(String module) {
    return Files.isExecutable(PYTHON)
        && new Program(PYTHON.toString(), "-c", "import " + module).run().status() == 0;
  }
}
