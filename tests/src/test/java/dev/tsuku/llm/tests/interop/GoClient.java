package dev.tsuku.llm.tests.interop;

import dev.tsuku.llm.tests.process.TsukuCommand;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The client in {@code tests/interop/go}, compiled once in a run of the tests. */
final class GoClient {

  private static @Nullable GoClient built;

  private final Path executable;

  private GoClient(Path executable) {
    this.executable = executable;
  }

  /** Compiles it; skips the test if that cannot be done here. */
  static synchronized GoClient build() {
    Tool.require(Tool.GO, Tool.GO_GRPC, Tool.GO_PROTOBUF, Tool.PROTOC, Tool.GO_STUBS);
    GoClient client = built;
    if (client == null) {
      client = compile(Sources.target("go"));
      built = client;
    }
    return client;
  }

  private static GoClient compile(Path target) {
    Path stubs = Sources.directory(target.resolve("gopath/src"));
    new Program(
            "protoc", "-I", Sources.PROTO.toString(), "--go_out=plugins=grpc:" + stubs, Sources.LLM)
        .runWell();
    Path executable = target.resolve("client");
    // Debian's packages are sources without modules, and whole: nothing is to be fetched.
    new Program("go", "build", "-o", executable.toString(), ".")
        .in(Sources.of("go"))
        .with("GO111MODULE", "off")
        .with("GOPATH", stubs.getParent() + ":" + Tool.GO_PACKAGES)
        .with("GOCACHE", target.resolve("cache").toString())
        .with("GOFLAGS", "")
        .with("CGO_ENABLED", "0")
        .runWell();
    return new GoClient(executable);
  }

  /** Plays a scenario, with a daemon that it starts for the model; {@code answer} may be empty. */
  void play(String scenario, Path home, String model, String answer) {
    new Program(
            executable.toString(),
            "-daemon",
            TsukuCommand.launcher().toString(),
            "-model",
            model,
            "-answer",
            answer,
            scenario)
        .with("TSUKU_HOME", home.toString())
        .with("TSUKU_LLM_THREADS", "1")
        .runWell();
  }
}
