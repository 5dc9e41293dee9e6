package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What some editors write before a text is no part of it. */
@Timeout(120)
class ByteOrderMarkTest {

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  @Test
  void byte_order_marks_are_no_part_of_schemas_tools_and_prompts() throws Exception {
    // How to call them is added in words, for which a small context has no room.
    TinyGguf.saying("Hello.")
        .shaped(TinyShape.SMALL.withContext(4096))
        .withChatTemplate(
            "{% for t in tools or [] %}{{ t.function.name }}{% endfor %}{% for m in messages %}{{"
                + " m.content }}{% endfor %}")
        .writeTo(Files.createDirectories(home.resolve("models")).resolve("tiny.gguf"));
    Files.writeString(home.resolve("config.toml"), "\uFEFF[llm]\nidle_timeout = '1m'\n");
    String schema = "\uFEFF{\"const\": 7}";
    Path file = Files.writeString(home.resolve("s.json"), schema);
    Path tools =
        Files.writeString(
            home.resolve("t.json"), "\uFEFF[{\"name\": \"get\", \"parameters\": {}}]");
    try {
      assertThat(tsuku().run("complete", "--schema", file.toString(), "Hi").out()).isEqualTo("7\n");
      assertThat(tsuku().run("complete", "--tools", tools.toString(), "Hi").status()).isZero();
      String plain = tsuku().runReading("Hi", "complete", "--json", "-").out();
      String marked = tsuku().runReading("\uFEFFHi", "complete", "--json", "-").out();
      assertThat(inputTokens(marked)).isEqualTo(inputTokens(plain));
      try (RawClient client = new RawClient(home.path())) {
        assertThat(
                client
                    .blocking()
                    .complete(RawClient.ask("Hi").setJsonSchema(schema).build())
                    .getContent())
            .isEqualTo("7");
        assertThat(
                client
                    .blocking()
                    .complete(
                        RawClient.ask("Hi")
                            .addTools(
                                ToolDef.newBuilder()
                                    .setName("get")
                                    .setParametersSchema("\uFEFF{\"const\": {\"a\": 1}}"))
                            .setToolChoice("required")
                            .build())
                    .getToolCalls(0)
                    .getArgumentsJson())
            .isEqualTo("{\"a\": 1}");
      }
    } finally {
      tsuku().run("stop");
    }
  }

  private static String inputTokens(String json) {
    return json.replaceFirst("(?s).*\"input_tokens\":(\\d+).*", "$1");
  }

  /** Within the limits of a request, as the answer shows. */
  @Test
  void the_shared_schema_with_a_byte_order_mark_compiles_and_is_obeyed() throws Exception {
    Path schema = SharedFiles.require("cases/bom.schema.json");
    assertThat(Files.readString(schema)).startsWith("\uFEFF{");
    TinyGguf.saying("Hello.")
        .writeTo(Files.createDirectories(home.resolve("models")).resolve("tiny.gguf"));
    Result checked = tsuku().run("schema", "check", schema.toString());
    assertThat(checked.out()).isEqualTo(schema + " is supported.\n");
    assertThat(checked.status()).isZero();
    try {
      Result answer = tsuku().run("complete", "--schema", schema.toString(), "Hi");
      assertThat(answer.err()).isEmpty();
      assertThat(answer.out()).matches("\\{\"ok\": ?(true|false)\\}\n");
    } finally {
      tsuku().run("stop");
    }
  }
}
