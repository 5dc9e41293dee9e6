package dev.tsuku.llm.tests.interop;

import dev.tsuku.llm.tests.process.TsukuCommand;
import java.nio.file.Path;

/** The client in {@code tests/interop/python}. */
final class PythonClient {

  private final Path stubs;

  private PythonClient(Path stubs) {
    this.stubs = stubs;
  }

  /** Generates what it imports; skips the test if that cannot be done here. */
  static PythonClient build() {
    Tool.require(Tool.PROTOC, Tool.PYTHON_PROTOBUF, Tool.PYTHON_GRPC);
    Path stubs = Sources.directory(Sources.target("python"));
    new Program(
            "protoc",
            "-I",
            Sources.PROTO.toString(),
            "-I",
            Sources.of("python").toString(),
            "--python_out=" + stubs,
            Sources.LLM,
            "health.proto")
        .runWell();
    return new PythonClient(stubs);
  }

  /** Runs it, with a daemon that it starts for the model. */
  void run(Path home, Path model, String answer) {
    new Program(
            Tool.PYTHON.toString(),
            Sources.of("python").resolve("client.py").toString(),
            TsukuCommand.launcher().toString(),
            model.toString(),
            answer)
        .with("PYTHONPATH", stubs.toString())
        .with("PYTHONIOENCODING", "utf-8")
        .with("TSUKU_HOME", home.toString())
        .with("TSUKU_LLM_THREADS", "1")
        .runWell();
  }
}
