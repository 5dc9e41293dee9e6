package dev.tsuku.llm.daemon.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.models.KvCacheType;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private SettingsReport report(Optional<String> flag, String... variables) {
    return SettingsReader.read(
        flag.map(text -> Map.of(Key.IDLE_TIMEOUT, text)).orElse(Map.of()), environment(variables));
  }

  private Settings read(Optional<String> flag, String... variables) {
    return report(flag, variables).settings();
  }

  private Settings read(String... variables) {
    return read(Optional.empty(), variables);
  }

  private Map<String, String> environment(String... variables) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TSUKU_HOME", home.path().toString());
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return environment;
  }

  private void config(String toml) throws IOException {
    Files.writeString(home.resolve("config.toml"), toml);
  }

  private String line(int number) {
    return home.resolve("config.toml") + ", line " + number;
  }

  private static Setting<?> of(Key key, SettingsReport report) {
    return report.all().stream().filter(it -> it.key() == key).findFirst().orElseThrow();
  }

  private static String source(Key key, SettingsReport report) {
    return of(key, report).source().describe();
  }

  @Test
  void without_a_word_there_are_defaults() {
    SettingsReport report = report(Optional.empty());
    Settings settings = report.settings();
    assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.model()).isEmpty();
    assertThat(settings.backend()).isEmpty();
    assertThat(settings.library()).isEmpty();
    assertThat(settings.threads()).isEmpty();
    assertThat(settings.contextTokens()).isEmpty();
    assertThat(settings.sequences()).isEmpty();
    assertThat(settings.cacheMebibytes()).isEqualTo(2048);
    assertThat(settings.preload()).isTrue();
    assertThat(report.complaints()).isEmpty();
    assertThat(report.refusal()).isEmpty();
    assertThat(report.configFileExists()).isFalse();
  }

  @Test
  void every_setting_is_reported_once_with_who_said_it() throws IOException {
    config("[llm]\n\nlocal_model = \"from-file\"\nlocal_preemptive = false");
    SettingsReport report =
        report(Optional.of("1m"), "TSUKU_LLM_THREADS", "3", "TSUKU_LLM_BACKEND", "cpu");
    assertThat(report.all()).extracting(Setting::key).containsExactly(Key.values());
    assertThat(source(Key.HOME, report)).isEqualTo("TSUKU_HOME");
    assertThat(source(Key.ENABLED, report)).isEqualTo("default");
    assertThat(source(Key.PRELOAD, report)).isEqualTo("config.toml line 4");
    assertThat(source(Key.MODEL, report)).isEqualTo("config.toml line 3");
    assertThat(source(Key.BACKEND, report)).isEqualTo("TSUKU_LLM_BACKEND");
    assertThat(source(Key.IDLE_TIMEOUT, report)).isEqualTo("--idle-timeout");
    assertThat(source(Key.THREADS, report)).isEqualTo("TSUKU_LLM_THREADS");
    assertThat(of(Key.BACKEND, report).text()).contains("cpu");
    assertThat(of(Key.IDLE_TIMEOUT, report).text()).contains("1m0s");
    assertThat(report.configFileExists()).isTrue();
  }

  @Test
  void the_flag_wins_over_the_variable_and_that_over_the_file() throws IOException {
    config("[llm]\nidle_timeout = \"3m\"\nlocal_model = \"from-file\"\nlocal_backend = \"CPU\"");
    assertThat(read().idleTimeout()).isEqualTo(Duration.ofMinutes(3));
    assertThat(read().model()).contains("from-file");
    assertThat(read().backend()).contains(BackendKind.CPU);
    assertThat(read("TSUKU_LLM_IDLE_TIMEOUT", "2m").idleTimeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(read(Optional.of("1m"), "TSUKU_LLM_IDLE_TIMEOUT", "2m").idleTimeout())
        .isEqualTo(Duration.ofMinutes(1));
    assertThat(read("TSUKU_LLM_MODEL", "from-env").model()).contains("from-env");
    assertThat(read("TSUKU_LLM_BACKEND", "Vulkan").backend()).contains(BackendKind.VULKAN);
  }

  @Test
  void an_empty_variable_is_none() throws IOException {
    config("[llm]\nidle_timeout = \"3m\"\nlocal_model = \"\"\nlocal_backend = ''");
    Settings settings =
        read(
            "TSUKU_LLM_IDLE_TIMEOUT",
            "",
            "TSUKU_LLM_MODEL",
            "",
            "TSUKU_LLM_BACKEND",
            "",
            "TSUKU_LLM_THREADS",
            "",
            "TSUKU_LLM_LIBRARY_PATH",
            "");
    assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(3));
    assertThat(settings.model()).isEmpty();
    assertThat(settings.backend()).isEmpty();
    assertThat(settings.library()).isEmpty();
    assertThat(settings.threads()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"90, 90000", "1.5, 1500", "'\"1m30s\"', 90000", "0, 0", "10000000.0, 10000000000"})
  void a_number_in_the_file_is_seconds(String value, long millis) throws IOException {
    config("other = 1\n[llm]\nidle_timeout = " + value);
    assertThat(read().idleTimeout()).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[llm]\nlocal_preemptive = false",
        "llm.local_preemptive = false",
        "llm = { local_preemptive = false }",
        "[llm]\n\"local_preemptive\" = false",
        "[llm.clients]\nlocal_preemptive = true\n[llm]\nlocal_preemptive = false"
      })
  void every_way_to_write_the_table_is_read(String toml) throws IOException {
    config(toml);
    assertThat(read().preload()).isFalse();
  }

  @Test
  void context_and_sequences_are_read_and_the_variable_wins() throws IOException {
    config("[llm]\ncontext_tokens = 4096\nsequences = 3");
    assertThat(read().contextTokens()).hasValue(4096);
    assertThat(read("TSUKU_LLM_CONTEXT", "512").contextTokens()).hasValue(512);
    assertThat(read("TSUKU_LLM_CONTEXT", "512").sequences()).hasValue(3);
    assertThat(source(Key.SEQUENCES, report(Optional.empty()))).isEqualTo("config.toml line 3");
  }

  @Test
  void a_context_that_is_no_whole_number_is_named_with_its_line() throws IOException {
    config("[llm]\nsequences = 2\ncontext_tokens = 1.5");
    assertThat(report(Optional.empty()).complaints())
        .singleElement()
        .satisfies(it -> assertThat(it).startsWith(line(3)).contains("context_tokens", "'1.5'"));
  }

  @Test
  void an_own_build_is_named_by_its_directory() {
    assertThat(read("TSUKU_LLM_LIBRARY_PATH", "/opt/llama").library())
        .contains(Path.of("/opt/llama"));
  }

  @ParameterizedTest
  @CsvSource({
    "TSUKU_LLM_IDLE_TIMEOUT, 5x, 1m30s",
    "TSUKU_LLM_IDLE_TIMEOUT, -5s, 1m30s",
    "TSUKU_LLM_IDLE_TIMEOUT, 99999999999h, 292 years",
    "TSUKU_LLM_BACKEND, opencl, vulkan",
    "TSUKU_LLM_BACKEND, ' cpu', vulkan",
    "TSUKU_LLM_THREADS, 0, from 1",
    "TSUKU_LLM_THREADS, -1, from 1",
    "TSUKU_LLM_THREADS, 513, to 512",
    "TSUKU_LLM_THREADS, 99999999999, to 512",
    "TSUKU_LLM_THREADS, 2.0, from 1",
    "TSUKU_LLM_THREADS, many, from 1",
    "TSUKU_LLM_CONTEXT, 63, from 64",
    "TSUKU_LLM_CONTEXT, 32k, no number of tokens",
    "TSUKU_LLM_CONTEXT, 16777217, to 16777216",
    "TSUKU_LLM_CACHE_MIB, -1, from 0",
    "TSUKU_LLM_CACHE_MIB, 2G, no number of mebibytes",
    "TSUKU_LLM_KV_CACHE_TYPE, q5_1, 'f16, q8_0, q4_0'",
    "TSUKU_LLM_SEQUENCES, 0, from 1",
    "TSUKU_LLM_SEQUENCES, 65, to 64"
  })
  void a_bad_value_is_named_with_its_source_and_a_good_one(
      String variable, String value, String good) {
    SettingsReport report = report(Optional.empty(), variable, value);
    assertThat(report.problems()).hasSize(1);
    assertThat(report.complaints())
        .singleElement()
        .asString()
        .startsWith(variable + ": '" + value + "'")
        .contains(good);
    assertThatThrownBy(report::settings)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(variable);
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "", " ", "\u0665m"})
  void a_bad_flag_is_named(String value) {
    assertThat(report(Optional.of(value)).complaints())
        .singleElement()
        .asString()
        .startsWith("--idle-timeout: '" + value + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "local_preemptive, '\"yes\"', \"'yes' is neither true nor false\"",
    "local_enabled, 1, \"'1' is neither true nor false\"",
    "local_enabled, '[true]', a list is neither",
    "local_enabled, '{}', a table is neither",
    "local_model, true, 'is no text'",
    "local_model, '[\"a\"]', a list is no text",
    "local_model, 1979-05-27, a date or a time is no text",
    "local_backend, 5, is no backend",
    "local_backend, '\"cuda\\nmetal\"', is no backend",
    "idle_timeout, -3, is not a duration",
    "idle_timeout, nan, is not a duration",
    "idle_timeout, '\"5 minutes\"', is not a duration",
    "idle_timeout, 07:32:00, a date or a time is no text"
  })
  void a_bad_value_in_the_file_is_named_with_its_line_and_key(
      String key, String value, String words) throws IOException {
    config("# mine\n[llm]\n" + key + " = " + value + "\n");
    List<String> complaints = report(Optional.empty()).complaints();
    assertThat(complaints)
        .singleElement()
        .asString()
        .startsWith(line(3) + ", " + key + ": ")
        .contains(words.replace("\"", ""))
        .doesNotContain("\n");
  }

  @Test
  void a_bad_value_that_another_overrides_is_warned_of() throws IOException {
    config("[llm]\nidle_timeout = 'soon'");
    SettingsReport report = report(Optional.of("1m"), "TSUKU_LLM_IDLE_TIMEOUT", "later");
    assertThat(report.complaints())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("warning: TSUKU_LLM_IDLE_TIMEOUT: 'later'"))
        .anyMatch(line -> line.startsWith("warning: " + line(2) + ", idle_timeout: 'soon'"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.settings().idleTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(source(Key.IDLE_TIMEOUT, report)).isEqualTo("--idle-timeout");
    assertThat(of(Key.IDLE_TIMEOUT, report).valid()).isTrue();
  }

  @Test
  void everything_wrong_is_told_at_once() throws IOException {
    config(
        """
        provider = "x"
        [llm]
        local_model = 7 8
        local_backend = "cuba"
        idle_timout = "5m"
        api_key = "secret"
        local_preemptive = soon
        """);
    assertThat(report(Optional.of("soon"), "TSUKU_LLM_THREADS", "0").complaints())
        .satisfiesExactlyInAnyOrder(
            it -> assertThat(it).startsWith(line(3) + ", column 17: Unexpected '8'"),
            it -> assertThat(it).startsWith(line(7) + ", column 20: Unexpected 's'"),
            it -> assertThat(it).startsWith(line(4) + ", local_backend: 'cuba'"),
            it -> assertThat(it).startsWith("--idle-timeout: 'soon'"),
            it -> assertThat(it).startsWith("TSUKU_LLM_THREADS: '0'"),
            it -> assertThat(it).startsWith("warning: " + line(5)).contains("mean idle_timeout?"),
            it ->
                assertThat(it)
                    .startsWith("warning: ")
                    .contains("api_key (line 6)")
                    .doesNotContain("provider", "secret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[llm\nx = 1",
        "[llm]\nx",
        "[llm]\nx = \"a",
        "[llm]\nx = 1\nx = 2",
        "llm.x = 1\n[llm]\ny = 2",
        "[llm]\nx = 99999999999999999999",
        "\0",
        "<!DOCTYPE html>",
        "{\"llm\": {}}"
      })
  void what_is_no_toml_is_told_with_the_line(String toml) throws IOException {
    config(toml);
    assertThat(report(Optional.empty()).problems())
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.message()).contains("config.toml, line ", "column"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llm = 3", "llm = 'x'", "[[llm]]\nlocal_model = 'x'", "llm = []"})
  void llm_must_be_a_table(String toml) throws IOException {
    config(toml);
    assertThat(report(Optional.empty()).complaints())
        .singleElement()
        .asString()
        .startsWith(line(1))
        .contains("[llm]");
  }

  @Test
  void of_very_many_errors_only_the_first_are_told() throws IOException {
    config("a = b\n".repeat(500));
    assertThat(report(Optional.empty()).problems()).hasSize(6);
    assertThat(report(Optional.empty()).complaints().getLast()).contains("495 more errors");
    config("a = " + "[".repeat(200_000));
    assertThat(report(Optional.empty()).problems()).hasSize(1);
  }

  @Test
  void a_file_that_cannot_be_read_is_a_problem_and_the_rest_is_still_checked() throws IOException {
    Files.createDirectory(home.resolve("config.toml"));
    assertThat(report(Optional.empty(), "TSUKU_LLM_THREADS", "0").complaints())
        .hasSize(2)
        .anyMatch(line -> line.contains("is no file"));
    Files.delete(home.resolve("config.toml"));
    Files.write(home.resolve("config.toml"), new byte[] {'#', (byte) 0xff, (byte) 0xfe});
    assertThat(report(Optional.empty()).complaints()).singleElement().asString().contains("UTF-8");
    config("#".repeat(2_000_000));
    assertThat(report(Optional.empty()).complaints()).singleElement().asString().contains("limit");
  }

  @Test
  void an_empty_file_is_as_good_as_none() throws IOException {
    config("");
    assertThat(report(Optional.empty()).complaints()).isEmpty();
    config("# nothing\n[other]\nidle_timout = 3");
    assertThat(report(Optional.empty()).complaints()).isEmpty();
    assertThat(report(Optional.empty()).unknownKeys()).isEmpty();
  }

  @Test
  void a_key_of_another_program_is_no_complaint() throws IOException {
    config("[llm]\nproviders = ['a']\ndaily_budget = 5\nenabled = true\n[llm.cloud]\nx = 1");
    SettingsReport report = report(Optional.empty());
    assertThat(report.complaints()).isEmpty();
    assertThat(report.unknownKeys())
        .containsExactly(
            new UnknownKey("providers", 2),
            new UnknownKey("daily_budget", 3),
            new UnknownKey("enabled", 4),
            new UnknownKey("cloud", 5));
  }

  @Test
  void a_misspelt_key_is_a_warning_and_no_problem() throws IOException {
    config("[llm]\nlocal_backed = 'cuba'");
    SettingsReport report = report(Optional.empty());
    assertThat(report.settings().backend()).isEmpty();
    assertThat(report.complaints())
        .containsExactly(
            "warning: " + line(2) + ": 'local_backed' is no setting. Did you mean local_backend?");
  }

  @Test
  void switched_off_is_a_refusal_with_its_place() throws IOException {
    config("[llm]\nlocal_enabled = false");
    SettingsReport report = report(Optional.empty());
    assertThat(report.problems()).isEmpty();
    assertThat(report.refusal().orElseThrow()).contains(line(2) + ", local_enabled");
    config("[llm]\nlocal_enabled = true");
    assertThat(report(Optional.empty()).refusal()).isEmpty();
  }

  @Test
  void a_home_too_deep_for_a_socket_is_one_problem_among_others() {
    SettingsReport report =
        report(Optional.of("soon"), "TSUKU_HOME", home.resolve("x".repeat(120)).toString());
    assertThat(report.complaints())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("TSUKU_HOME: ") && line.contains("107"));
    assertThat(of(Key.HOME, report).valid()).isFalse();
  }

  @Test
  void a_home_that_is_no_path_cannot_be_reported_on() {
    assertThatThrownBy(() -> report(Optional.empty(), "TSUKU_HOME", "a\0b"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("TSUKU_HOME");
  }

  @Test
  void without_a_file_the_reader_of_toml_is_not_needed() throws Exception {
    URL[] ours = {placeOf(SettingsReader.class), placeOf(Home.class), placeOf(KvCacheType.class)};
    try (URLClassLoader without = new URLClassLoader(ours, ClassLoader.getPlatformClassLoader())) {
      Method read =
          without.loadClass(SettingsReader.class.getName()).getMethod("read", Map.class, Map.class);
      assertThat(read.invoke(null, Map.of(), environment())).isNotNull();
      config("[llm]");
      assertThatThrownBy(() -> read.invoke(null, Map.of(), environment()))
          .hasRootCauseInstanceOf(ClassNotFoundException.class);
    }
  }

  private static URL placeOf(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @Test
  void a_file_with_a_byte_order_mark_is_read_as_without() throws IOException {
    config("\uFEFF[llm]\nidle_timeout = \"7m\"\n");
    assertThat(read().idleTimeout()).isEqualTo(Duration.ofMinutes(7));
    assertThat(source(Key.IDLE_TIMEOUT, report(Optional.empty()))).isEqualTo("config.toml line 2");
  }

  @Test
  void a_chat_template_is_read_from_a_file_or_is_chatml() throws IOException {
    Path file = Files.writeString(home.resolve("t.jinja"), "\uFEFF{{ messages }}");
    assertThat(read().chatTemplate()).isEmpty();
    assertThat(read("TSUKU_LLM_CHAT_TEMPLATE", "ChatML").chatTemplate())
        .contains(new ChatTemplateFile("chatml", "chatml"));
    config("[llm]\nchat_template = '" + file + "'\n");
    SettingsReport report = report(Optional.empty());
    assertThat(report.settings().chatTemplate())
        .contains(new ChatTemplateFile(file.toString(), "{{ messages }}"));
    assertThat(of(Key.CHAT_TEMPLATE, report).text()).contains(file.toString());
    SettingsReport flagged =
        SettingsReader.read(Map.of(Key.CHAT_TEMPLATE, "chatml"), environment());
    assertThat(source(Key.CHAT_TEMPLATE, flagged)).isEqualTo("--chat-template");
  }

  @Test
  void a_chat_template_that_cannot_be_read_is_a_problem_with_its_path() throws IOException {
    Path none = home.resolve("none.jinja");
    assertThat(problem(none.toString())).contains("There is no file " + none);
    assertThat(problem("none.jinja")).contains("relative path");
    assertThat(problem(home.path().toString())).contains("is not a file");
    assertThat(problem(Files.writeString(home.resolve("e.jinja"), " \n").toString()))
        .contains("is empty");
    assertThat(problem(Files.write(home.resolve("b.jinja"), new byte[] {(byte) 0xff}).toString()))
        .contains("not UTF-8");
    Path big = Files.write(home.resolve("big.jinja"), new byte[(1 << 20) + 1]);
    assertThat(problem(big.toString())).contains("1048577", "1048576");
  }

  private String problem(String template) {
    List<Problem> problems =
        report(Optional.empty(), "TSUKU_LLM_CHAT_TEMPLATE", template).problems();
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().place()).isEqualTo("TSUKU_LLM_CHAT_TEMPLATE");
    return problems.getFirst().sentence();
  }
}
