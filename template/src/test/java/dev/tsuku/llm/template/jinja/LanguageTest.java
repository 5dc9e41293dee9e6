package dev.tsuku.llm.template.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.template.jinja.library.Globals;
import dev.tsuku.llm.template.jinja.operation.JsonReader;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Small templates, each about one thing, and what Python's Jinja 3.1 makes of them in a sandbox set
 * up as model hubs do; null where it refuses.
 */
class LanguageTest {

  @Test
  void small_templates_render_as_in_python() throws IOException {
    Mapping file = (Mapping) JsonReader.read(resource()).orElseThrow();
    Map<String, Value> variables = variables((Mapping) part(file, "variables"));
    List<Value> cases = ((Sequence) part(file, "cases")).items();
    List<String> differences = new ArrayList<>();
    for (Value one : cases) {
      String source = part((Mapping) one, "source").toString();
      String expected =
          part((Mapping) one, "expected") instanceof Text t ? t.string() : "(refused)";
      String actual = render(source, variables);
      if (!actual.equals(expected)) {
        differences.add(source + " gives " + actual + " instead of " + expected);
      }
    }
    assertThat(differences).isEmpty();
    assertThat(cases).hasSizeGreaterThan(600);
  }

  @Test
  void the_tags_of_training_mean_nothing() {
    assertThat(render("a{% generation %}b{% endgeneration %}c", Map.of())).isEqualTo("abc");
  }

  private static String render(String source, Map<String, Value> variables) {
    try {
      return Template.parse(source).render(variables, Limits.DEFAULT).string();
    } catch (TemplateException e) {
      return "(refused)";
    }
  }

  private static Map<String, Value> variables(Mapping given) {
    Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    Map<String, Value> variables = new HashMap<>(Globals.all(clock));
    given.entries().forEach(entry -> variables.put(entry.key().toString(), entry.value()));
    return variables;
  }

  private static Value part(Mapping owner, String key) {
    return Objects.requireNonNull(owner.find(key));
  }

  private static String resource() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(LanguageTest.class.getResourceAsStream("language.json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
