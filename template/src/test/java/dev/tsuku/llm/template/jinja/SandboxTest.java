package dev.tsuku.llm.template.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.template.jinja.library.Globals;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.TemplateException.Kind;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A template from a hostile file: it reaches nothing, and ends. */
@Timeout(20)
class SandboxTest {

  private static String render(String source) {
    Map<String, Value> variables = new HashMap<>(Globals.all(Clock.systemUTC()));
    variables.put("name", Text.content("secret"));
    return Template.parse(source).render(variables, Limits.DEFAULT).string();
  }

  private static Kind refusal(String source) {
    AtomicReference<Kind> kind = new AtomicReference<>();
    assertThatThrownBy(() -> render(source))
        .isInstanceOfSatisfying(
            TemplateException.class,
            refused -> {
              kind.set(refused.kind());
              assertThat(refused.line()).isPositive();
              assertThat(refused).hasMessageStartingWith("The chat template ");
              assertThat(refused.getMessage()).doesNotContain("secret");
            });
    return kind.get();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "''.__class__",
        "''['__class__']",
        "[].__init__",
        "{}.__class__",
        "(1).__class__",
        "''.join.__func__",
        "range.__globals__",
        "namespace().__dict__",
        "cycler(1).__init__",
        "none.mro",
        "[].append",
        "{}.update",
        "''.getClass",
        "''.class",
        "''|attr('__class__')",
        "[1]|map(attribute='__class__')|first",
      })
  void no_name_leads_out_of_the_sandbox(String expression) {
    assertThat(render("{{ " + expression + " is defined }}")).isEqualTo("False");
    assertThat(refusal("{{ (" + expression + ").x }}")).isEqualTo(Kind.FAILED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ '{0.__class__}'.format(name) }}",
        "{{ '{0[0]}'.format(name) }}",
        "{{ '{}'.format_map({}) }}",
        "{{ [].append(1) }}",
        "{{ {}.pop('a') }}",
        "{{ name.encode() }}",
        "{{ eval('1') }}",
        "{{ self.x() }}",
        "{{ name() }}",
        "{{ name | nothing }}",
        "{{ name is nothing }}",
        "{{ name + 1 }}",
        "{{ 1 / 0 }}",
        "{{ 1 % 0 }}",
        "{{ unknown.x }}",
        "{{ name | tojson(separators=1) }}",
        "{{ range | tojson }}",
        "{{ {[]: 1} }}",
        "{% for a, b in [1] %}{% endfor %}",
        "{% set name.x = 1 %}",
        "{{ name.index('x') }}",
        "{{ name.split('') }}",
        "{{ '%q' % name }}",
        "{{ '%s %s' % name }}",
      })
  void what_cannot_be_done_fails_with_its_line(String source) {
    assertThat(refusal(source)).isEqualTo(Kind.FAILED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% for x in [1] %}{{ m() ~ 'x' }}{% endfor %}{% endmacro %}{{ m() }}",
        "{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}",
        "{{ range(100000000) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 99999 }}",
        "{{ 2 ** (9 ** 9) }}",
        "{{ 'x' | center(2000000000) }}",
        "{{ 'x'.ljust(2000000000) }}",
        "{{ 'x' | indent(2000000000) }}",
        "{{ [1] | tojson(indent=2000000000) }}",
        "{{ [1] | batch(2000000000, 0) }}",
        "{{ [1] | slice(2000000000) }}",
        "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('x',"
            + " 'xx') %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor"
            + " %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor"
            + " %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{%"
            + " set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=2) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{%"
            + " endfor %}",
        "{% set x = 'ab' * 5000000 %}{% for i in range(99999) %}{{ 'c' in x }}{% endfor %}",
        "{% set x = 'ab' * 5000000 %}{% for i in range(99999) %}{% if x[:9] == x %}{% endif %}{%"
            + " endfor %}",
        "{{ strftime_now('%c' * 1000) }}",
      })
  void what_is_too_much_is_stopped(String source) {
    assertThat(refusal(source)).isEqualTo(Kind.LIMIT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b in a",
        "a.find(b)",
        "a.rfind('c' ~ a[:99999])",
        "a.count(b)",
        "a.replace(b, '')",
        "a | replace(b, '')",
        "a.split(b)",
        "a.rsplit('c' ~ a[:99999])",
        "a.partition(b)",
        "a.rpartition('c' ~ a[:99999])",
        "a.startswith((a ~ 'c', a ~ 'd'))",
        "a.removeprefix(a ~ 'c')",
        "a.strip(letters)",
        "a | trim(letters)",
        "a | int",
        "a | float",
        "digits.isdigit()",
        "a.isalpha()",
        "a.isalnum()",
        "spaces.isspace()",
        "a.isupper()",
        "a is lower",
        "a | wordcount",
        "a | length",
        "a == a[:199998] ~ 'xx'",
        "a < a[:199998] ~ 'xx'",
        "{a: 1}[a[:199998] ~ 'xx']",
      })
  void no_operation_on_a_long_string_is_for_nothing(String expression) {
    assertThat(
            refusal(
                "{% set a = 'ab' * 100000 %}{% set b = 'ba' * 50000 ~ 'c' %}"
                    + "{% set digits = '1' * 200000 %}{% set spaces = ' ' * 200000 %}"
                    + "{% set letters = 'cdefghijklmnopqrstuvwxyz' * 99 ~ 'ab' %}"
                    + "{% for i in range(99999) %}{% for j in range(99) %}{% if "
                    + expression
                    + " %}{% endif %}{% endfor %}{% endfor %}"))
        .isEqualTo(Kind.LIMIT);
  }

  @Test
  void whoever_waits_can_end_it() {
    AtomicInteger checks = new AtomicInteger();
    RenderGuard guard =
        () -> {
          if (checks.incrementAndGet() == 3) {
            throw new CancellationException("enough");
          }
        };
    Template endless =
        Template.parse(
            "{% for a in 'x' * 99999 %}{% for b in 'x' * 999 %}{% endfor %}{% endfor %}");
    assertThatThrownBy(() -> endless.render(Map.of(), Limits.DEFAULT, guard))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void what_a_guard_refuses_has_a_line() {
    RenderGuard guard =
        () -> {
          throw TemplateException.limit("it is late");
        };
    Template endless = Template.parse("\n{% for a in 'x' * 99999 %}{% endfor %}");
    assertThatThrownBy(() -> endless.render(Map.of(), Limits.DEFAULT, guard))
        .isInstanceOfSatisfying(
            TemplateException.class, late -> assertThat(late.line()).isEqualTo(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{",
        "{{ 'x",
        "{% if %}",
        "{% if x %}",
        "{% for x in y %}{% endif %}",
        "{% endfor %}",
        "{% import 'x' %}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% break %}",
        "{{ 1 2 }}",
        "{{ x | }}",
        "{{ (1 }}",
        "{{ 1) }}",
        "{{ $ }}",
        "{{ f(a=1, 2) }}",
        "{# x",
        "{% raw %}",
        "{{ '\\x1' }}",
        "{{ }}",
        "{% set true = 1 %}",
        "{% set x.y.z = 1 %}",
      })
  void what_is_no_template_is_refused_with_its_line(String source) {
    assertThat(refusal(source)).isEqualTo(Kind.SYNTAX);
  }

  @Test
  void sources_that_nest_without_end_are_refused() {
    for (String part :
        new String[] {"(", "[", "{1:", "not ", "-", "a[", "a(", "1 if 1 else ", "a|f("}) {
      assertThat(refusal("{{ " + part.repeat(200_000))).isEqualTo(Kind.SYNTAX);
    }
    for (String part : new String[] {"{% if 1 %}", "{% for x in y %}", "{% macro m() %}"}) {
      assertThat(refusal(part.repeat(50_000))).isEqualTo(Kind.SYNTAX);
    }
    for (String part : new String[] {"+1", " and 1", ".x", "|f", "()", " is a", " ** 1"}) {
      assertThat(refusal("{{ 1" + part.repeat(100_000) + " }}")).isEqualTo(Kind.SYNTAX);
    }
  }

  @Test
  void a_source_as_large_as_a_book_is_refused() {
    assertThat(refusal("x".repeat(2_000_000))).isEqualTo(Kind.SYNTAX);
  }

  @Test
  void the_deepest_rendering_fits_into_half_a_megabyte_of_stack() throws InterruptedException {
    AtomicReference<Kind> kind = new AtomicReference<>();
    Thread small =
        new Thread(
            null,
            () ->
                kind.set(
                    refusal(
                        "{% macro m(a=[]) %}{% for x in [1] %}{% if 1 %}{{ (([m([a])] | first) ~"
                            + " '')|trim }}{% endif %}{% endfor %}{% endmacro %}{{ m() }}")),
            "small stack",
            512 * 1024);
    small.start();
    small.join();
    assertThat(kind.get()).isEqualTo(Kind.LIMIT);
  }

  @Test
  void a_template_speaks_in_its_own_words_and_not_in_the_users() {
    assertThatThrownBy(() -> render("\n{{ raise_exception('Bad role: ' + name + '!') }}"))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RAISED))
        .hasMessage("The chat template refuses the conversation at line 2: Bad role: …!");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", "\\n"})
  void a_template_that_refuses_without_a_word_still_makes_a_sentence(String words) {
    assertThatThrownBy(() -> render("{{ raise_exception('" + words + "') }}"))
        .hasMessage("The chat template refuses the conversation at line 1: it says nothing more.");
  }
}
