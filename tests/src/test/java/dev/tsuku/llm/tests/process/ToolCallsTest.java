package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.ToolCall;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls of a real model so small that it goes on calling for as long as it may. */
class ToolCallsTest {

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  @BeforeEach
  void install() throws IOException {
    Path model = SharedFiles.require("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    Files.createSymbolicLink(
        Files.createDirectories(home.resolve("models")).resolve("smol.gguf"), model);
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  private static CompletionRequest.Builder ask() {
    return RawClient.ask("Read the file README.md.")
        .addTools(tool("fetch_file", "Reads a file.", "path"))
        .addTools(tool("list_files", "Lists the files of a directory.", "directory"))
        .setMaxTokens(300);
  }

  private static ToolDef tool(String name, String description, String parameter) {
    return ToolDef.newBuilder()
        .setName(name)
        .setDescription(description)
        .setParametersSchema(
            "{\"type\": \"object\", \"properties\": {\""
                + parameter
                + "\": {\"type\": \"string\", \"maxLength\": 40}}, \"required\": [\""
                + parameter
                + "\"], \"additionalProperties\": false}")
        .build();
  }

  @Test
  void an_answer_that_must_call_ends_with_its_call() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      for (String choice : new String[] {"required", "list_files"}) {
        CompletionResponse response =
            client.blocking().complete(ask().setToolChoice(choice).build());
        assertThat(response.getToolCallsList()).hasSize(1);
        assertThat(response.getContent()).isEmpty();
        assertThat(response.getStopReason()).isEqualTo("tool_use");
        assertThat(response.getUsage().getOutputTokens()).isLessThan(60);
        if (!choice.equals("required")) {
          assertThat(response.getToolCalls(0).getName()).isEqualTo(choice);
        }
      }
      CompletionResponse several =
          client
              .blocking()
              .complete(ask().setToolChoice("required").setParallelToolCalls(true).build());
      assertThat(several.getToolCallsList())
          .isNotEmpty()
          .extracting(ToolCallsTest::called)
          .doesNotHaveDuplicates();
      assertThat(several.getStopReason()).isEqualTo("tool_use");
      assertThat(several.getUsage().getOutputTokens()).isLessThan(300);
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void a_command_prints_several_calls_where_they_are_allowed() throws IOException {
    Path tools =
        Files.writeString(
            home.resolve("tools.json"),
            "[{\"name\": \"fetch_file\", \"parameters\": "
                + tool("fetch_file", "", "path").getParametersSchema()
                + "}]");
    long most = 0;
    for (int seed = 1; seed <= 8 && most < 2; seed++) {
      Result printed =
          tsuku()
              .run(
                  "complete",
                  "--max-tokens=200",
                  "--temperature=1",
                  "--seed=" + seed,
                  "--tools",
                  tools.toString(),
                  "--tool-choice=required",
                  "--parallel-tool-calls",
                  "Read the files README.md and LICENSE.");
      assertThat(printed.status()).as(printed.err()).isZero();
      assertThat(printed.out().lines()).isNotEmpty().doesNotHaveDuplicates();
      most = printed.out().lines().count();
    }
    assertThat(most).isGreaterThan(1);
  }

  private static String called(ToolCall call) {
    return call.getName() + JsonReader.read(call.getArgumentsJson());
  }
}
