package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.protocol.v1.ToolCall;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.protocol.v1.ToolResult;
import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The built-in model in the packaged distribution, where no model is installed. */
class ExtractTest {

  private static final String EXTRACT =
      """
      {"type": "object", "properties": {"mappings": {"type": "array", "items": {"type": "object",
       "properties": {"os": {"type": "string"}, "arch": {"type": "string"}, "asset": {"type":
       "string"}, "format": {"type": "string", "enum": ["tar.gz", "tar.xz", "zip", "tbz", "tgz",
       "binary"]}}, "required": ["os", "arch", "asset", "format"]}}, "executable": {"type":
       "string"}, "verify_command": {"type": "string"}, "strip_prefix": {"type": "string"},
       "install_subpath": {"type": "string"}}, "required": ["mappings", "executable",
       "verify_command"]}""";

  private static final String RELEASES =
      """
      [{"tag": "v2.1.0", "assets": ["tool_2.1.0_linux_amd64.tar.gz", "tool_2.1.0_linux_arm64.tar.gz",
        "tool_2.1.0_darwin_amd64.tar.gz", "tool_2.1.0_darwin_arm64.tar.gz", "checksums.txt"]},
       {"tag": "v2.0.0", "assets": ["tool_2.0.0_linux_amd64.tar.gz", "checksums.txt"]}]""";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private static String example(String name) {
    return SharedFiles.root().resolve("examples").resolve(name + ".json").toString();
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  private static Json.Obj object(String json) {
    assertThat(JsonReader.read(json)).isInstanceOf(Json.Obj.class);
    return (Json.Obj) JsonReader.read(json);
  }

  private static List<String> assets(Json.Obj recipe) {
    List<String> assets = new ArrayList<>();
    if (recipe.get("mappings").orElse(Json.Null.NULL) instanceof Json.Array mappings) {
      for (Json item : mappings.items()) {
        if (item instanceof Json.Obj mapping
            && mapping.get("asset").orElse(Json.Null.NULL) instanceof Json.Text asset) {
          assets.add(asset.value());
        }
      }
      assertThat(assets).hasSameSizeAs(mappings.items());
    }
    return assets;
  }

  private static boolean obeys(String schema, String answer) {
    return new SchemaCase(
            "answer",
            JsonReader.read(schema),
            List.of(new SchemaCase.Instance("answer", JsonReader.read(answer), true)))
        .run()
        .isClean();
  }

  @Test
  void each_example_is_mapped_as_its_user_would() {
    assertMapped(
        "ripgrep",
        "rg",
        "ripgrep-14.1.1-x86_64-unknown-linux-musl.tar.gz",
        "ripgrep-14.1.1-aarch64-unknown-linux-gnu.tar.gz",
        "ripgrep-14.1.1-x86_64-apple-darwin.tar.gz",
        "ripgrep-14.1.1-aarch64-apple-darwin.tar.gz");
    assertMapped(
        "jq", "jq", "jq-linux-amd64", "jq-linux-arm64", "jq-macos-amd64", "jq-macos-arm64");
    assertMapped(
        "lantern",
        "lantern",
        "lantern_1.31.0_Linux_x86_64.tar.gz",
        "lantern_1.31.0_Linux_arm64.tar.gz",
        "lantern_1.31.0_Darwin_x86_64.tar.gz",
        "lantern_1.31.0_Darwin_arm64.tar.gz");
    assertMapped(
        "tern",
        "tern",
        "tern-25.07.1-x86_64-unknown-linux-gnu.tar.xz",
        "tern-25.07.1-aarch64-unknown-linux-musl.tar.xz",
        "tern-25.07.1-x86_64-apple-darwin.tar.xz",
        "tern-25.07.1-aarch64-apple-darwin.tar.xz");
    assertMapped(
        "github-releases",
        "hbl",
        "hbl-linux-amd64",
        "hbl-linux-arm64",
        "hbl-darwin-universal",
        "hbl-darwin-universal");
  }

  private void assertMapped(String name, String executable, String... assets) {
    Result result = tsuku().run("extract", "--json", example(name));
    assertThat(result.status()).as(result.err()).isZero();
    Json.Obj recipe = object(result.out());
    assertThat(recipe.get("model")).contains(new Json.Text("builtin"));
    assertThat(assets(recipe)).containsExactly(assets);
    assertThat(recipe.get("executable")).contains(new Json.Text(executable));
    assertThat(result.err().lines()).singleElement().asString().contains("no model is installed");
  }

  @Test
  void the_table_has_a_line_for_each_platform() {
    Result result = tsuku().run("extract", example("ripgrep"));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out().lines())
        .hasSize(4)
        .allSatisfy(
            line ->
                assertThat(line).matches("(linux|darwin)/(amd64|arm64) +ripgrep-\\S+ +tar\\.gz"));
  }

  @Test
  void toml_has_a_table_for_each_mapping() {
    Result json = tsuku().run("extract", "--json", example("ripgrep"));
    Result toml = tsuku().run("extract", "--toml", example("ripgrep"));
    assertThat(toml.status()).as(toml.err()).isZero();
    assertThat(toml.out()).contains("repository = \"BurntSushi/ripgrep\"", "tag = \"14.1.1\"");
    List<String> assets = assets(object(json.out()));
    assertThat(toml.out().lines().filter("[[mappings]]"::equals)).hasSameSizeAs(assets);
    for (String asset : assets) {
      assertThat(toml.out()).contains("asset = \"" + asset + "\"");
    }
    assertThat(tsuku().run("extract", "--toml", "--json", example("jq")).status()).isEqualTo(2);
  }

  @Test
  void a_response_with_a_byte_order_mark_can_come_from_standard_input() {
    String response =
        "\uFEFF[{\"tag_name\": \"v1\", \"assets\": [{\"name\": \"a-linux-amd64.zip\"}]}]\r\n";
    Result result = tsuku().runReading(response, "extract", "--json", "-");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(assets(object(result.out()))).containsExactly("a-linux-amd64.zip");
  }

  @Test
  void bad_input_is_refused_with_one_line_and_nothing_is_started() throws IOException {
    Path binary = Files.write(home.resolve("binary.json"), new byte[] {'{', (byte) 0xff});
    Path text = Files.writeString(home.resolve("text.json"), "ripgrep");
    Path bare = Files.writeString(home.resolve("bare.json"), "{\"tag\": \"v1\"}");
    Path empty = Files.writeString(home.resolve("empty.json"), "[{\"assets\": []}]");
    assertRefused(binary + " is not text in UTF-8", binary.toString());
    assertRefused(text + " is not JSON", text.toString());
    assertRefused(bare + " has no releases", bare.toString());
    assertRefused(empty + " has no assets in any release", empty.toString());
    assertRefused("There is no file", home.resolve("gone.json").toString());
    assertRefused(home.path() + " cannot be read", home.path().toString());
    assertRefused("Standard input is not JSON", "-");
    assertRefused("There is no FILE");
    assertThat(home.resolve("llm.sock")).doesNotExist();
  }

  private void assertRefused(String sentence, String... arguments) {
    List<String> command = new ArrayList<>(List.of("extract"));
    command.addAll(List.of(arguments));
    Result result = tsuku().run(command.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isNotZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(sentence).doesNotContain("Exception");
    if (arguments.length > 0) {
      assertThat(result.err().lines()).hasSize(1);
    }
  }

  @Test
  void a_release_without_a_usable_file_is_no_recipe() {
    String response =
        "[{\"tag_name\": \"v1.0\", \"assets\": [{\"name\": \"frob-1.0-windows-amd64.zip\"},"
            + " {\"name\": \"frob_1.0_amd64.deb\"}, {\"name\": \"checksums.txt\"}]}]";
    Result result = tsuku().runReading(response, "extract", "-");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .contains("The model 'builtin' finds no file for linux or darwin in the release v1.0");
  }

  @Test
  void names_with_words_of_other_systems_in_them_are_mapped() {
    String response =
        "[{\"tag_name\": \"v1.386.0\", \"html_url\": \"https://github.com/acme/tools/releases/x\","
            + " \"assets\": [{\"name\": \"my-windlass_1.386.0_linux_amd64[1].tar.gz\"},"
            + " {\"name\": \"my-windlass_1.386.0_linux_386.tar.gz\"},"
            + " {\"name\": \"my-windlass_1.386.0_win_amd64.zip\"},"
            + " {\"name\": \"my-windlass_1.386.0_darwin_arm64.tar.gz\"}]}]";
    Result result = tsuku().runReading(response, "extract", "--json", "-");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(assets(object(result.out())))
        .containsExactly(
            "my-windlass_1.386.0_linux_amd64[1].tar.gz", "my-windlass_1.386.0_darwin_arm64.tar.gz");
    assertThat(result.err().lines())
        .last()
        .asString()
        .contains("named no file of the release v1.386.0 for linux/arm64, darwin/amd64.");
  }

  @Test
  void other_requests_are_refused_unless_they_name_the_builtin_model() throws Exception {
    Result refused = tsuku().run("complete", "Hello");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(refused.err())
        .contains("'builtin'", "extract_pattern", home.resolve("models").toString(), "--model");
    Result named = tsuku().run("complete", "--model", "builtin", "--max-tokens", "8", "Hello");
    assertThat(named.status()).as(named.err()).isZero();
    try (RawClient client = new RawClient(home.path())) {
      CompletionRequest other =
          RawClient.ask("Hello").addTools(tool("other", EXTRACT)).setMaxTokens(8).build();
      Status status = RawClient.statusOf(client.future().complete(other));
      assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      client.blocking().complete(other.toBuilder().setModel("builtin").build());
    }
    tsuku().run("stop");
    Result preferred =
        tsuku().with("TSUKU_LLM_MODEL", "builtin").run("complete", "--max-tokens", "8", "Hello");
    assertThat(preferred.status()).as(preferred.err()).isZero();
  }

  @Test
  void the_status_is_ready_with_the_builtin_model_until_another_is_installed() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      StatusResponse before = client.blocking().getStatus(StatusRequest.getDefaultInstance());
      assertThat(before.getReady()).isTrue();
      assertThat(before.getModelName()).isEqualTo("builtin");
      assertThat(before.getModelSizeBytes()).isPositive();
      Path models = Files.createDirectories(home.resolve("models"));
      TinyGguf.saying("Hello.").writeTo(models.resolve("tiny.gguf"));
      assertThat(client.blocking().getStatus(StatusRequest.getDefaultInstance()).getModelName())
          .isEqualTo("tiny");
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void a_changed_model_file_is_refused_by_its_checksum() throws Exception {
    Path app = TsukuCommand.launcher().resolve("../..").normalize();
    Path copy = Files.createDirectories(home.resolve("app"));
    for (String part : List.of("lib", "runtime", "llama", "cache")) {
      Files.createSymbolicLink(copy.resolve(part), app.resolve(part));
    }
    Path launcher = Files.createDirectory(copy.resolve("bin")).resolve("tsuku-llm");
    Files.copy(TsukuCommand.launcher(), launcher);
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    byte[] model = Files.readAllBytes(app.resolve("models/builtin.gguf"));
    model[model.length - 1] ^= 1;
    Files.write(Files.createDirectory(copy.resolve("models")).resolve("builtin.gguf"), model);

    Path error = home.resolve("error");
    ProcessBuilder extract =
        new ProcessBuilder(launcher.toString(), "extract", example("jq"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(error.toFile());
    extract.environment().keySet().removeIf(name -> name.startsWith("TSUKU_"));
    extract.environment().put("TSUKU_HOME", home.path().toString());
    assertThat(extract.start().waitFor()).isEqualTo(1);
    assertThat(Files.readString(error).lines())
        .singleElement()
        .asString()
        .contains("models/builtin.gguf is not the file of this build")
        .contains("--model");
  }

  private static ToolDef tool(String name, String schema) {
    return ToolDef.newBuilder()
        .setName(name)
        .setDescription("Does " + name + ".")
        .setParametersSchema(schema)
        .build();
  }

  private static CompletionRequest.Builder packageManager() {
    return RawClient.ask(
            "Please analyze this GitHub repository and its releases to create a recipe.\n\n"
                + "Repository: owner/tool\nDescription: A tool\n\nRecent releases:\n"
                + RELEASES
                + "\n\nREADME.md:\n# tool\n\n$ tool --version\n\nAnalyze the release assets and"
                + " call extract_pattern with the platform mappings.")
        .setSystemPrompt("You are an expert at creating recipes. ".repeat(40))
        .addTools(
            tool(
                "fetch_file",
                "{\"type\": \"object\", \"properties\": {\"path\": {\"type\": \"string\"}},"
                    + " \"required\": [\"path\"]}"))
        .addTools(
            tool(
                "inspect_archive",
                "{\"type\": \"object\", \"properties\": {\"url\": {\"type\": \"string\"}},"
                    + " \"required\": [\"url\"]}"))
        .addTools(tool("extract_pattern", EXTRACT))
        .setMaxTokens(1024);
  }

  @Test
  void a_package_managers_session_gets_valid_calls_with_listed_files() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest.Builder session = packageManager();
      for (int turn = 0; turn < 2; turn++) {
        CompletionResponse answer = client.blocking().complete(session.build());
        assertThat(answer.getToolCallsList()).as(answer.getContent()).isNotEmpty();
        ToolCall call = answer.getToolCalls(0);
        assertThat(call.getName()).isEqualTo("extract_pattern");
        assertThat(obeys(EXTRACT, call.getArgumentsJson())).as(call.getArgumentsJson()).isTrue();
        assertThat(object(call.getArgumentsJson()).get("verify_command"))
            .contains(new Json.Text(turn == 0 ? "tool --version" : "tool version"));
        assertThat(assets(object(call.getArgumentsJson())))
            .containsExactly(
                "tool_2.1.0_linux_amd64.tar.gz",
                "tool_2.1.0_linux_arm64.tar.gz",
                "tool_2.1.0_darwin_amd64.tar.gz",
                "tool_2.1.0_darwin_arm64.tar.gz");
        session
            .addMessages(
                Message.newBuilder()
                    .setRole(Role.ROLE_ASSISTANT)
                    .setContent(answer.getContent())
                    .addAllToolCalls(answer.getToolCallsList()))
            .addMessages(
                Message.newBuilder()
                    .setRole(Role.ROLE_USER)
                    .setToolResult(
                        ToolResult.newBuilder()
                            .setToolCallId(call.getId())
                            .setContent(
                                """
                                The recipe failed validation.
                                ---
                                Error: unknown flag: --version
                                ---
                                Error category: verify_failed
                                """)));
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }
}
