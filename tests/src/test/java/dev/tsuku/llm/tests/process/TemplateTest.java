package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chat templates that cannot be used, and what can be used in their place. */
@Timeout(300)
class TemplateTest {

  private static final String REFUSES_SYSTEM =
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('This model has no"
          + " system role.') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private Path model(String template) throws IOException {
    Path models = Files.createDirectories(home.resolve("models"));
    return TinyGguf.saying("Hello.")
        .withChatTemplate(template)
        .writeTo(models.resolve("tiny.gguf"));
  }

  private static String refusal(RawClient client, CompletionRequest request, Status.Code code) {
    try {
      client.blocking().complete(request);
      throw new AssertionError("it was answered");
    } catch (StatusException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(code);
      String description = String.valueOf(e.getStatus().getDescription());
      assertThat(description).hasSizeLessThan(1024);
      return description;
    }
  }

  private static StatusResponse status(RawClient client) throws StatusException {
    return client.blocking().getStatus(StatusRequest.getDefaultInstance());
  }

  @ParameterizedTest
  @CsvSource({
    "'{{ bos_token }}\n{% for m in messages %}{{ m.content }}{% endfr %}', line 2",
    "'\n\n{{ raise_exception(\"Not me.\") }}', line 3: Not me.",
    "'{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}', line 1"
  })
  void a_template_that_cannot_be_used_is_named_with_its_line_and_the_daemon_goes_on(
      String template, String named) throws Exception {
    Path model = model(template);
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest hello = RawClient.ask("Hi").build();
      String refused = refusal(client, hello, Status.Code.FAILED_PRECONDITION);
      assertThat(refused).contains(model.toString(), named, "--chat-template FILE", "chatml");
      StatusResponse status = status(client);
      assertThat(status.getReady()).isFalse();
      assertThat(status.getProblem()).isEqualTo(refused);
      assertThat(status.getModelName()).isEqualTo("tiny");
      assertThat(tsuku().run("status").out()).contains(named);
      Result told = tsuku().run("complete", "Hi");
      assertThat(told.err()).contains(named, "--chat-template FILE");
      assertThat(told.status()).isEqualTo(1);
      assertThat(tsuku().run("complete", "--chat-template", "chatml", "Hi").out())
          .isEqualTo("Hello.\n");
      Path other = Files.writeString(home.resolve("t.jinja"), "\uFEFF{{ messages[0].content }}");
      assertThat(tsuku().run("complete", "--chat-template", other.toString(), "Hi").out())
          .isEqualTo("Hello.\n");
      assertThat(refusal(client, hello, Status.Code.FAILED_PRECONDITION)).isEqualTo(refused);
      assertThat(daemon.isAlive()).isTrue();
    }
    try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path(), "--chat-template", "chatml");
        RawClient client = new RawClient(home.path())) {
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
      assertThat(status(client).getReady()).isTrue();
    }
  }

  @Test
  void templates_that_take_long_hold_neither_other_requests_nor_the_end() throws Exception {
    model("{{ messages[0].content }}");
    String search =
        "{% set a = 'ab' * 100000 %}{% set b = 'ba' * 50000 ~ 'c' %}"
            + "{% for i in range(99999) %}{% if b in a %}x{% endif %}{% endfor %}";
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest hello = RawClient.ask("Hi").build();
      assertThat(client.blocking().complete(hello).getContent()).isEqualTo("Hello.");
      List<ListenableFuture<CompletionResponse>> hostile = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        // Another line each time, so that nothing is known of it.
        String template = "\n".repeat(i) + search;
        hostile.add(client.future().complete(hello.toBuilder().setChatTemplate(template).build()));
      }
      assertThat(
              client
                  .future()
                  .withDeadlineAfter(30, TimeUnit.SECONDS)
                  .complete(hello)
                  .get()
                  .getContent())
          .isEqualTo("Hello.");
      for (ListenableFuture<CompletionResponse> refused : hostile) {
        assertThatThrownBy(refused::get)
            .hasMessageContaining("INVALID_ARGUMENT")
            .hasMessageContaining("The request's chat_template")
            .hasMessageContaining("steps");
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void the_shared_samples_are_refused_in_words() throws Exception {
    for (String name : new String[] {"template-syntax-error", "template-never-ends"}) {
      String template = Files.readString(SharedFiles.require("cases/" + name + ".jinja"));
      Path model = model(template);
      try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path());
          RawClient client = new RawClient(home.path())) {
        assertThat(refusal(client, RawClient.ask("Hi").build(), Status.Code.FAILED_PRECONDITION))
            .contains(model.toString(), "line 1");
      }
    }
  }

  @Test
  void a_template_without_a_system_role_gets_system_prompts_in_the_users_turn() throws Exception {
    model(REFUSES_SYSTEM);
    try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
      int without =
          client.blocking().complete(RawClient.ask("Hi").build()).getUsage().getInputTokens();
      int with =
          client
              .blocking()
              .complete(RawClient.ask("Hi").setSystemPrompt("Be brief.").build())
              .getUsage()
              .getInputTokens();
      assertThat(with).isGreaterThan(without);
    }
  }

  @Test
  void a_conversation_that_the_template_refuses_gets_the_templates_words() throws Exception {
    model(
        "{% for m in messages %}{% if m.role == 'assistant' and loop.last %}\n{{"
            + " raise_exception('The last turn must be the user, ' ~ 'and so on ' * 90) }}{% endif"
            + " %}{{ m.content }}{% endfor %}");
    try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest backwards =
          RawClient.ask("Hi")
              .addMessages(Message.newBuilder().setRole(Role.ROLE_ASSISTANT).setContent("Ho"))
              .build();
      String words = refusal(client, backwards, Status.Code.INVALID_ARGUMENT);
      assertThat(words).contains("line 2: The last turn must be the user, and so on");
      assertThat(words.split("and so on", -1).length).as("at most 80 characters").isLessThan(8);
      assertThat(status(client).getReady()).isTrue();
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
    }
  }

  @Test
  void a_requests_own_template_that_cannot_be_used_is_an_error_of_the_request() throws Exception {
    model(REFUSES_SYSTEM);
    try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      for (String template :
          new String[] {"{% endfor %}", "{{ raise_exception('no') }}", "fixed", "{{ '"}) {
        assertThat(
                refusal(
                    client,
                    RawClient.ask("Hi").setChatTemplate(template).build(),
                    Status.Code.INVALID_ARGUMENT))
            .contains("chat_template");
      }
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
    }
  }

  @Test
  void what_is_refused_of_an_option_names_the_file_that_was_typed() throws Exception {
    model(REFUSES_SYSTEM);
    Path template = home.resolve("x.jinja");
    Path tools =
        Files.writeString(home.resolve("t.json"), "[{\"name\": \"a b\", \"parameters\": {}}]");
    try {
      Files.writeString(template, "{% endfor %}");
      assertThat(tsuku().run("complete", "--chat-template", template.toString(), "Hi").err())
          .startsWith("tsuku-llm: The chat template " + template + " cannot be read at line 1: ")
          .endsWith(". Correct it, or use --chat-template chatml.\n");
      Files.writeString(template, "{{ raise_exception('') }}");
      assertThat(tsuku().run("complete", "--chat-template", template.toString(), "Hi").err())
          .startsWith(
              "tsuku-llm: The chat template "
                  + template
                  + " refuses the conversation at line 1: it says nothing more.");
      Result named = tsuku().run("complete", "--tools", tools.toString(), "Hi");
      assertThat(named.err())
          .startsWith("tsuku-llm: In " + tools + ", the name of tool 1 is 'a b'. Use 1 to 64 ");
      assertThat(named.status()).isEqualTo(1);
    } finally {
      tsuku().run("stop");
    }
  }
}
