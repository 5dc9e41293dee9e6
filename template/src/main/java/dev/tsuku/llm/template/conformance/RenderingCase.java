package dev.tsuku.llm.template.conformance;

import dev.tsuku.llm.template.jinja.Template;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Map;
import java.util.Optional;

/**
 * A template, a conversation, and what should become of them.
 *
 * @param template its name
 * @param scenario the conversation's name
 * @param variables what the template is given
 * @param expected empty if the template refuses
 */
public record RenderingCase(
    String template, String scenario, Map<String, Value> variables, Optional<String> expected) {

  private static final int SHOWN = 60;

  /** Renders the template's source; what is different from what is expected, in a sentence. */
  public Optional<String> difference(String source) {
    String actual;
    try {
      actual = Template.parse(source).render(variables, Limits.DEFAULT).string();
    } catch (TemplateException e) {
      return expected.isEmpty()
          ? Optional.empty()
          : Optional.of("A text is expected, but: " + e.getMessage());
    }
    if (expected.isEmpty()) {
      return Optional.of("A refusal is expected, but a text came.");
    }
    return actual.equals(expected.get())
        ? Optional.empty()
        : Optional.of(firstDifference(expected.get(), actual));
  }

  private static String firstDifference(String expected, String actual) {
    int at = 0;
    while (at < Math.min(expected.length(), actual.length())
        && expected.charAt(at) == actual.charAt(at)) {
      at++;
    }
    return "From character "
        + at
        + " on, '"
        + shown(expected, at)
        + "' is expected, but '"
        + shown(actual, at)
        + "' came.";
  }

  private static String shown(String text, int at) {
    return text.substring(at, Math.min(text.length(), at + SHOWN)).replace("\n", "\\n");
  }
}
