package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestFieldsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          The request's chat_template failed at line 2: x. Correct it, or send chatml. | The chat template a$1.jinja failed at line 2: x. Correct it, or use --chat-template chatml.
          chat_template has 2000000 characters. Send at most 1048576. | The chat template a$1.jinja has 2000000 characters. Send at most 1048576.
          json_schema cannot be honoured: at its root: no. | The schema s.json cannot be honoured: at its root: no.
          tools[0].name is 'a b'. Use 1 to 64 letters. | In t.json, the name of tool 1 is 'a b'. Use 1 to 64 letters.
          tools[11].parameters_schema allows no object. | In t.json, the schema of the parameters of tool 12 allows no object.
          tools: 129 entries; at most 128 are allowed. | t.json: tools: 129 entries; at most 128 are allowed.
          tool_choice is 'x', which is none of the tools. | --tool-choice is 'x', which is none of the tools.
          The model of json_schema has no chat_template. | The model of json_schema has no chat_template.
          """)
  void the_daemons_sentence_names_what_was_typed(String said, String told) {
    RequestFields fields =
        new RequestFields(
            "a$1.jinja", Optional.of(Path.of("s.json")), Optional.of(Path.of("t.json")));
    assertThat(fields.inWordsOfTheCommand(said)).isEqualTo(told);
  }

  @Test
  void a_field_that_was_not_given_keeps_its_name() {
    RequestFields none = new RequestFields("", Optional.empty(), Optional.empty());
    String said = "tools[0].name is 'a b'. Use 1 to 64 letters.";
    assertThat(none.inWordsOfTheCommand(said)).isEqualTo(said);
  }
}
