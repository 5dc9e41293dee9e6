package dev.tsuku.llm.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallShapeTest {

  private static final Path TEMPLATES =
      Path.of(System.getProperty("tsuku.root", ".")).resolve("../shared/chat-templates");

  private static final String HEAD =
      "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<{{ m.role }}>"
          + "{% if m.content %}{{ m.content }}{% endif %}";

  private static final String TAIL = "</{{ m.role }}>{% endfor %}<assistant>";

  private static CallShape shape(String template) {
    return ChatTemplate.parse(
            template,
            new BoundaryTokens("<s>", "</s>"),
            Clock.fixed(Instant.parse("2026-11-24T10:00:00Z"), ZoneOffset.UTC))
        .callShape();
  }

  @Test
  void what_stands_around_a_name_and_its_arguments_is_the_notation() {
    CallShape shape =
        shape(
            HEAD
                + "{% for c in m.tool_calls or [] %}{% if not loop.first %};{% endif %}"
                + "[CALL]{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}"
                + TAIL);
    assertThat(shape.before()).isEqualTo("[CALL]");
    assertThat(shape.between()).isEqualTo("(");
    assertThat(shape.after()).startsWith(")</assistant>");
    assertThat(shape.next()).isEqualTo(");[CALL]");
    assertThat(shape.isSpaced()).isTrue();
  }

  @Test
  void ids_that_a_model_would_make_up_are_always_the_same() {
    CallShape shape =
        shape(
            HEAD
                + "{% for c in m.tool_calls or [] %}{{ c.function.name }}#{{ c.id }}="
                + "{{ c.function.arguments | tojson(separators=(',', ':')) }};{% endfor %}"
                + TAIL);
    // Nothing stands before the name, so a call could not be told from text.
    assertThat(shape).isEqualTo(CallShape.TAGS);
    CallShape marked =
        shape(
            HEAD
                + "{% for c in m.tool_calls or [] %}!{{ c.function.name }}#{{ c.id }}="
                + "{{ c.function.arguments | tojson(separators=(',', ':')) }};{% endfor %}"
                + TAIL);
    assertThat(marked.between()).isEqualTo("#call00000=");
    assertThat(marked.isSpaced()).isFalse();
  }

  @Test
  void arguments_that_are_no_json_are_written_in_tags() {
    assertThat(
            shape(
                HEAD
                    + "{% for c in m.tool_calls or [] %}!{{ c.function.name }}"
                    + "{% for k, v in c.function.arguments.items() %} {{ k }}={{ v }}{% endfor %}"
                    + "{% endfor %}"
                    + TAIL))
        .isEqualTo(CallShape.TAGS);
    assertThat(shape(HEAD + TAIL)).isEqualTo(CallShape.TAGS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "Qwen-Qwen2.5-7B-Instruct ; <tool_call>\\n{\"name\": \" ; \", \"arguments\":",
        "meta-llama-Llama-3.1-8B-Instruct ; {\"name\": \" ; \", \"parameters\":",
        "mistralai-Mistral-Nemo-Instruct-2407 ; [TOOL_CALLS][{\"name\": \" ; \", \"arguments\":",
        "Mistral-Small-3.2-24B-Instruct-2506 ; [TOOL_CALLS] ; [CALL_ID]call00000[ARGS]",
        "meetkai-functionary-medium-v3.1 ; <function= ; >",
        "openai-gpt-oss-120b ; <|channel|>commentary to=functions. ; "
            + "<|constrain|>json<|message|>",
      })
  void known_families_write_calls_as_they_were_taught(String name, String before, String between)
      throws IOException {
    Path file = TEMPLATES.resolve(name + ".jinja");
    Assumptions.assumeTrue(Files.exists(file), () -> file + " is missing");
    CallShape shape = shape(Files.readString(file));
    assertThat(shape.before().replace("\n", "\\n").strip()).isEqualTo(before);
    assertThat(shape.between().strip()).isEqualTo(between);
  }
}
