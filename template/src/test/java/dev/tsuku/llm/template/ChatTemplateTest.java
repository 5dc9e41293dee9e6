package dev.tsuku.llm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.template.PromptPiece.Origin;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.TemplateException.Kind;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {

  /** Writes every role, and nothing else. */
  private static final String PLAIN =
      "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>";

  /** Knows tools, calls and results. */
  private static final String TOOLS =
      """
      {%- if tools %}<tools>{{ tools | tojson }}{% endif -%}
      {%- for m in messages %}<{{ m.role }}>
        {%- if m.content %}{{ m.content }}{% endif -%}
        {%- for c in m.tool_calls or [] %}[{{ c.id }}:{{ c.function.name }}:
          {{- c.function.arguments | tojson }}]{% endfor -%}
        {%- if m.role == 'tool' %}({{ m.tool_call_id }}:{{ m.name }}){% endif -%}
      {%- endfor %}<assistant>""";

  private static final ToolDefinition GET =
      new ToolDefinition("get", "Gets.", "{\"type\": \"object\", \"required\": [\"a\"]}");
  private static final Turn.User ASK = new Turn.User("Get it.");
  private static final Turn.Assistant CALL =
      new Turn.Assistant("", List.of(new ToolCall("c1", "get", "{\"a\": 1.0, \"b\": [\"x\"]}")));
  private static final Turn.ToolResult RESULT = new Turn.ToolResult("c1", "Got.", false);

  private static ChatTemplate template(String source) {
    return ChatTemplate.parse(
        source,
        new BoundaryTokens("<s>", "</s>"),
        Clock.fixed(Instant.parse("2026-11-23T10:00:00Z"), ZoneOffset.UTC));
  }

  private static String text(ChatTemplate template, Conversation conversation) {
    return template.render(conversation).stream()
        .map(PromptPiece::text)
        .collect(Collectors.joining());
  }

  @Test
  void the_template_writes_what_it_is_given_and_pieces_tell_who_wrote_them() {
    assertThat(template(PLAIN).render(new Conversation("Be brief.", List.of(ASK))))
        .containsExactly(
            new PromptPiece("<s><system>", Origin.FORMAT),
            new PromptPiece("Be brief.", Origin.CONTENT),
            new PromptPiece("<user>", Origin.FORMAT),
            new PromptPiece("Get it.", Origin.CONTENT),
            new PromptPiece("<assistant>", Origin.FORMAT));
  }

  @Test
  void tools_calls_and_results_are_given_as_hubs_give_them() {
    ChatTemplate template = template(TOOLS);
    assertThat(template.traits()).isEqualTo(TemplateTraits.ALL);
    assertThat(text(template, new Conversation("", List.of(ASK, CALL, RESULT), List.of(GET))))
        .isEqualTo(
            "<tools>[{\"type\": \"function\", \"function\": {\"name\": \"get\", \"description\":"
                + " \"Gets.\", \"parameters\": {\"type\": \"object\", \"required\": [\"a\"]}}}]"
                + "<user>Get it.<assistant>[c1:get:{\"a\": 1.0, \"b\": [\"x\"]}]"
                + "<tool>Got.(c1:get)<assistant>");
  }

  @Test
  void a_template_without_tools_gets_them_in_words() {
    ChatTemplate template = template(PLAIN.replace("<{{", "{{ m.x.y if m.tool_calls }}<{{"));
    assertThat(template.traits().tools()).isFalse();
    assertThat(text(template, new Conversation("Be.", List.of(ASK, CALL, RESULT), List.of(GET))))
        .startsWith("<s><system>Be.\n\n# Tools\n")
        .contains(
            """
            <tools>
            {"type": "function", "function": {"name": "get", "description": "Gets.", \
            "parameters": {"type": "object", "required": ["a"]}}}
            </tools>
            """)
        .endsWith(
            """
            <user>Get it.<assistant><tool_call>
            {"name": "get", "arguments": {"a": 1.0, "b": ["x"]}}
            </tool_call><user><tool_response>
            Got.
            </tool_response><assistant>\
            """);
  }

  @Test
  void a_template_without_a_system_message_gets_it_in_the_first_turn() {
    ChatTemplate template =
        template(
            "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}" + PLAIN);
    assertThat(text(template, new Conversation("Be brief.", List.of(ASK))))
        .isEqualTo("<s><user>Be brief.\n\nGet it.<assistant>");
    assertThat(
            text(
                template,
                new Conversation("Be brief.", List.of(new Turn.Assistant("Hi", List.of())))))
        .isEqualTo("<s><user>Be brief.<assistant>Hi<assistant>");
  }

  @Test
  void a_template_that_wants_roles_to_alternate_gets_that() {
    ChatTemplate template =
        template(
            "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{"
                + " raise_exception('alternate!') }}{% endif %}{% endfor %}"
                + PLAIN);
    assertThat(template.traits().neighbours()).isFalse();
    assertThat(
            text(template, new Conversation("", List.of(ASK, new Turn.User("Now."), CALL, RESULT))))
        .startsWith("<s><user>Get it.\n\nNow.<assistant><tool_call>");
  }

  @Test
  void calls_are_given_in_the_form_that_the_template_wants() {
    String ids = "{% if c.id | length != 9 %}{{ raise_exception('id') }}{% endif %}";
    ChatTemplate shortIds = template(TOOLS.replace("[{{ c.id", ids + "[{{ c.id"));
    assertThat(text(shortIds, new Conversation("", List.of(ASK, CALL, RESULT), List.of(GET))))
        .contains("[call00000:get:", "(call00000:get)");
    ChatTemplate argumentsAsText =
        template(TOOLS.replace("c.function.arguments | tojson", "c.function.arguments"));
    assertThat(argumentsAsText.traits().callForm().argumentsAsText()).isTrue();
    assertThat(text(argumentsAsText, new Conversation("", List.of(ASK, CALL), List.of(GET))))
        .contains(":get:{\"a\": 1.0, \"b\": [\"x\"]}]");
    ChatTemplate noContent =
        template(TOOLS.replace("m.tool_calls or []", "m.tool_calls if m.content is none"));
    assertThat(text(noContent, new Conversation("", List.of(ASK, CALL), List.of(GET))))
        .contains("[c1:get:");
  }

  @Test
  void a_template_that_writes_one_call_a_turn_gets_one_after_the_other() {
    ChatTemplate template =
        template(TOOLS.replace("m.tool_calls or []", "(m.tool_calls or [])[:1]"));
    assertThat(template.traits().severalCalls()).isFalse();
    Turn both =
        new Turn.Assistant(
            "Both.", List.of(new ToolCall("1", "get", "{}"), new ToolCall("2", "get", "")));
    assertThat(
            text(
                template,
                new Conversation(
                    "",
                    List.of(
                        ASK,
                        both,
                        new Turn.ToolResult("2", "B", false),
                        new Turn.ToolResult("1", "A", false)),
                    List.of(GET))))
        .endsWith(
            "<assistant>Both.[1:get:{}]<tool>A(1:get)<assistant>[2:get:{}]<tool>B(2:get)<assistant>");
  }

  @Test
  void results_of_failed_tools_say_so() {
    ChatTemplate template = template(TOOLS);
    assertThat(
            text(
                template,
                new Conversation("", List.of(ASK, CALL, new Turn.ToolResult("c1", "404", true)))))
        .contains("<tool>Error: 404(");
    assertThat(
            text(
                template,
                new Conversation(
                    "", List.of(ASK, CALL, new Turn.ToolResult("c1", "It failed: 404", true)))))
        .contains("<tool>It failed: 404(");
  }

  @Test
  void a_conversation_that_the_template_refuses_is_tried_in_plain_turns() {
    ChatTemplate template =
        template(
            TOOLS.replace(
                "{%- for c",
                "{% if m.content == 'Got.' %}{{ raise_exception('so') }}{% endif %}{%- for c"));
    assertThat(text(template, new Conversation("", List.of(ASK, CALL, RESULT), List.of(GET))))
        .contains("<user><tool_response>\nGot.\n</tool_response>");
    assertThatThrownBy(() -> template.render(new Conversation("", List.of(new Turn.User("Got.")))))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RAISED))
        .hasMessageEndingWith(": so.");
  }

  @Test
  void arguments_that_are_no_json_are_given_as_they_are() {
    Turn broken = new Turn.Assistant("", List.of(new ToolCall("c1", "get", "{oops")));
    assertThat(text(template(TOOLS), new Conversation("", List.of(ASK, broken))))
        .contains("[c1:get:\"{oops\"]");
  }

  @Test
  void a_template_learns_the_date_and_whether_to_think() {
    ChatTemplate template =
        template(
            PLAIN
                + "{{ strftime_now('%d %b %Y') }}{{ '<no>' if enable_thinking is defined and not"
                + " enable_thinking }}");
    Conversation hello = new Conversation("", List.of(ASK));
    assertThat(text(template, hello)).endsWith("<assistant>23 Nov 2026");
    assertThat(text(template.thinking(false), hello)).endsWith("2026<no>");
    assertThat(text(template.thinking(true), hello)).endsWith("2026");
  }

  @Test
  void what_cannot_render_a_single_message_is_no_chat_template() {
    assertThatThrownBy(() -> template("Hello"))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FAILED))
        .hasMessageContaining("leaves out what a user says");
    assertThatThrownBy(() -> template("{{ raise_exception('never') }}"))
        .hasMessageContaining("never");
    assertThatThrownBy(() -> template("{% if %}"))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SYNTAX));
  }

  @Test
  void a_template_may_take_as_much_when_it_is_tried_as_in_a_request() {
    String nested =
        "{%% set all = range(%d) | list %%}{%% for i in all %%}{%% for j in all %%}{%% endfor %%}{%%"
            + " endfor %%}";
    assertThat(text(template(nested.formatted(400) + PLAIN), new Conversation("", List.of(ASK))))
        .contains("<assistant>");
    assertThatThrownBy(() -> template(nested.formatted(2_000) + PLAIN))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
        .hasMessageContaining("more than 1000010 steps");
  }

  @Test
  void a_template_that_insists_on_a_system_message_works_with_one() {
    ChatTemplate template =
        template(
            "{% if messages[0].role != 'system' %}{{ raise_exception('Say who I am first.') }}{%"
                + " endif %}"
                + PLAIN);
    assertThat(text(template, new Conversation("You are a cook.", List.of(ASK))))
        .contains("You are a cook.");
    assertThatThrownBy(() -> template.render(new Conversation("", List.of(ASK))))
        .isInstanceOfSatisfying(
            TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RAISED))
        .hasMessageEndingWith(": Say who I am first.");
  }

  @Test
  void a_template_that_does_not_end_for_one_conversation_is_stopped_soon() {
    ChatTemplate template =
        template(
            "{% if messages[0].content == 'loop' %}{% for i in range(50000) %}{% for j in"
                + " range(50000) %}{% if i == j + 1 %}{% endif %}{% endfor %}{% endfor %}{% endif %}"
                + PLAIN);
    Conversation loop = new Conversation("", List.of(new Turn.User("loop")));
    AtomicReference<String> message = new AtomicReference<>("");
    Duration work =
        work(
            () ->
                assertThatThrownBy(() -> template.render(loop))
                    .isInstanceOfSatisfying(
                        TemplateException.class,
                        e -> {
                          assertThat(e.kind()).isEqualTo(Kind.LIMIT);
                          message.set(e.about("The chat template of x.gguf"));
                        }));
    assertThat(message.get()).startsWith("The chat template of x.gguf was stopped at line 1: it ");
    // The promise is 200 ms, which is measured elsewhere; this only tells a stop from none.
    assertThat(work).isLessThan(Duration.ofSeconds(5));
    assertThat(text(template, new Conversation("", List.of(ASK)))).contains("<assistant>");
  }

  /** Processor time, which other processes of the machine do not lengthen. */
  private static Duration work(Runnable task) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    task.run();
    return Duration.ofNanos(threads.getCurrentThreadCpuTime() - start);
  }

  @Test
  void long_conversations_stay_within_the_limits_of_templates_that_look_at_all_turns_for_each() {
    ChatTemplate template =
        template(
            "{% for m in messages %}{% set ns = namespace(later=0) %}{% for other in messages %}{%"
                + " if other.role == 'user' %}{% set ns.later = ns.later + 1 %}{% endif %}{% endfor"
                + " %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt"
                + " %}<assistant>{% endif %}");
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      turns.add(new Turn.User("question " + i));
      turns.add(new Turn.Assistant("answer " + i, List.of()));
    }
    assertThat(text(template, new Conversation("", turns))).contains("question 299");
  }

  @Test
  void a_message_quotes_at_most_eighty_characters_of_a_template_on_one_line() {
    String name = "n".repeat(500);
    for (String source :
        List.of(
            "{{ raise_exception('w\\n' * 300) }}",
            "{{ raise_exception('\u001b[31m\n' ~ 'x' * 100) }}",
            "{% " + name + " %}",
            "{{ messages | " + name + " }}",
            "{{ messages is " + name + " }}",
            "{{ dict(" + name + "=1)." + name + "() }}",
            "{{ range(" + name + "=1) }}",
            "{% set " + name + ".x = 1 %}",
            "{% macro m(a) %}{% endmacro %}{{ m(" + name + "=1) }}",
            "{{ (1 " + name + " }}")) {
      assertThatThrownBy(() -> template(source))
          .isInstanceOf(TemplateException.class)
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(220).doesNotContain("\n"))
          .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("[\\p{Cc}]"))
          .satisfies(
              e -> assertThat(e.getMessage()).doesNotContain("n".repeat(81), "x".repeat(81)));
    }
  }

  /** Omits system prompts and tools, as the template of a model for one task does. */
  private static final String SPECIALIST =
      """
      {%- for m in messages if m.role != 'system' %}<|{{ m.role }}|>{{ m.content }}
        {%- for c in m.tool_calls or [] %}<|call|>{"name": "{{ c.function.name }}", "arguments":{{ ' ' }}
          {{- c.function.arguments | tojson }}}{% endfor -%}
      {%- endfor %}<|assistant|>""";

  @Test
  void an_unadapted_template_gets_no_tools_in_words() {
    Conversation conversation = new Conversation("Be brief.", List.of(ASK), List.of(GET));
    ChatTemplate template = template(SPECIALIST);
    assertThat(text(template, conversation)).contains("Be brief.").contains("Gets.");
    assertThat(text(template.unadapted(), conversation)).isEqualTo("<|user|>Get it.<|assistant|>");
  }

  @Test
  void an_unadapted_template_writes_calls_in_its_own_syntax() {
    ChatTemplate template = template(SPECIALIST).unadapted();
    assertThat(text(template, new Conversation("", List.of(ASK, CALL, RESULT), List.of(GET))))
        .isEqualTo(
            "<|user|>Get it.<|assistant|><|call|>{\"name\": \"get\", \"arguments\": {\"a\": 1.0,"
                + " \"b\": [\"x\"]}}<|tool|>Got.<|assistant|>");
    assertThat(template.callShape().before()).isEqualTo("<|call|>{\"name\": \"");
  }
}
