package dev.tsuku.llm.engine.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.template.ChatMl;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RenderLimitTest {

  private static final Conversation HELLO = new Conversation("", List.of(new Turn.User("Hi")));

  /** Quick for the one message with which it is tried, endless for another. */
  private static final String ENDLESS =
      "{% for m in messages %}{{ m.content }}{% if m.content == 'Hi' %}{% for a in range(99999) %}"
          + "{% for b in range(99999) %}{% endfor %}{% endfor %}{% endif %}{% endfor %}";

  @Test
  void it_ends_what_has_used_up_its_time() {
    assertThatCode(() -> RenderLimit.ofRequest(() -> false).check()).doesNotThrowAnyException();
    assertThatThrownBy(() -> new RenderLimit(0, () -> false).check())
        .isInstanceOfSatisfying(
            TemplateException.class,
            e -> assertThat(e.kind()).isEqualTo(TemplateException.Kind.LIMIT))
        .hasMessageContaining("it took more than 0 seconds of processor time");
  }

  @Test
  void a_caller_who_goes_ends_the_rendering() {
    Formats formats = Formats.only(new ChatMl());
    AtomicInteger asked = new AtomicInteger();
    assertThatThrownBy(() -> formats.render(HELLO, ENDLESS, () -> asked.incrementAndGet() > 1000))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CANCELLED));
    assertThatThrownBy(() -> formats.render(HELLO, ENDLESS, () -> false))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("was stopped at line 1");
  }
}
