package dev.tsuku.llm.template.jinja.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.template.jinja.Template;
import dev.tsuku.llm.template.jinja.library.Globals;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of the marks. Content is shown within braces. */
class TextTest {

  private static final Map<String, Value> GIVEN =
      Map.of(
          "c",
          Text.content("AbC"),
          "s",
          Text.content("  X Y\n"),
          "d",
          new Mapping.Builder().put(Text.content("K"), Text.content("it's")).build());

  private static String marked(Text text) {
    StringBuilder out = new StringBuilder();
    text.runs(
        0,
        text.length(),
        (from, to, content) -> {
          String run = text.string().substring(from, to);
          out.append(content ? "{" + run + "}" : run);
        });
    return out.toString().replace("\n", "n");
  }

  @Test
  void marks_stay_with_their_characters() {
    assertMarks("c", "{AbC}");
    assertMarks("'x' + c + 'y'", "x{AbC}y");
    assertMarks("'x' ~ c ~ 1", "x{AbC}1");
    assertMarks("('x' + c + 'y')[1:3]", "{Ab}");
    assertMarks("('x' + c + 'y')[::-1]", "y{CbA}x");
    assertMarks("('xy' + c)[-4:-1]", "y{Ab}");
    assertMarks("('x' + c)[1]", "{A}");
    assertMarks("(' x' + s).strip()", "x{  X Y}");
    assertMarks("(s + ' y ')|trim", "{X Yn} y");
    assertMarks("('x' + c + 'y').split('b')", "['x{A}', '{C}y']");
    assertMarks("('x' + c + 'y').split('b')|join(c)", "x{AAbCC}y");
    assertMarks("('x' + c)|replace('b', '-')", "x{A}-{C}");
    assertMarks("'x-y'|replace('-', c)", "x{AbC}y");
    assertMarks("(c + 'x')|upper", "{ABC}X");
    assertMarks("('x' + c)|title", "X{abc}");
    assertMarks("'<%s>' % c", "<{AbC}>");
    assertMarks("'<%5s>' % c", "<  {AbC}>");
    assertMarks("'<{}>'.format(c)", "<{AbC}>");
    assertMarks("c * 2", "{AbCAbC}");
    assertMarks("[c, 'x']|join('-')", "{AbC}-x");
    assertMarks("(c + 'x')|list|join", "{AbC}x");
    assertMarks("('a' + s)|indent(1)", "a{  X Yn}");
    assertMarks("c|tojson", "{\"AbC\"}");
    assertMarks("['x', c]|tojson", "{[\"x\", \"AbC\"]}");
    assertMarks("['x']|tojson", "[\"x\"]");
    assertMarks("[c]", "['{AbC}']");
    assertMarks("(c + '<')|e", "{AbC}&lt;");
    assertMarks("c|center(5)", " {AbC} ");
    assertMarks("('x' + c).partition('A')|last", "{bC}");
    assertMarks("(c ~ 'x')|reverse", "x{CbA}");
    assertMarks("c|length", "3");
  }

  @Test
  void blocks_and_macros_keep_marks() {
    assertThat(
            marked(
                render(
                    "{% macro m(a) %}<{{ a }}>{% endmacro %}{% set b %}({{ m(c) }}){% endset %}{%"
                        + " filter upper %}{{ b }}x{% endfilter %}")))
        .isEqualTo("(<{ABC}>)X");
  }

  @Test
  void a_text_of_a_thousand_additions_is_joined_once() {
    Text text =
        render(
            "{% set ns = namespace(t='') %}{% for i in range(20000) %}{% set ns.t = ns.t ~ c ~ '-'"
                + " %}{% endfor %}{{ ns.t }}");
    assertThat(text.length()).isEqualTo(80_000);
    assertThat(marked(text)).startsWith("{AbC}-{AbC}-");
  }

  @Test
  void texts_are_equal_whoever_wrote_them() {
    assertThat(Text.content("a")).isEqualTo(Text.format("a")).hasSameHashCodeAs(Text.format("a"));
    assertThat(Text.content("a")).isNotEqualTo(Text.content("b"));
    assertThat(Text.EMPTY.hasContent()).isFalse();
  }

  private static void assertMarks(String expression, String expected) {
    assertThat(marked(render("{{ " + expression + " }}"))).as(expression).isEqualTo(expected);
  }

  private static Text render(String source) {
    Map<String, Value> variables = new HashMap<>(Globals.all(Clock.systemUTC()));
    variables.putAll(GIVEN);
    return Template.parse(source).render(variables, Limits.DEFAULT);
  }
}
