package dev.tsuku.llm.tests.interop;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What programs in other languages do with the daemon; each starts one of its own. */
class InteropTest {

  private static final String ANSWER = "Good day, wörld! 😀";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private Path speaking() {
    return TinyGguf.saying(ANSWER).writeTo(home.resolve("tiny.gguf"));
  }

  private Path slow() {
    return TinyGguf.slow().writeTo(home.resolve("slow.gguf"));
  }

  private void goPlays(String scenario) {
    GoClient.build().play(scenario, home.path(), speaking().toString(), ANSWER);
  }

  private void goPlaysWithAnEndlessModel(String scenario) {
    GoClient.build().play(scenario, home.path(), slow().toString(), "");
  }

  @Test
  void a_go_program_starts_a_daemon_under_the_lock_uses_it_and_sees_it_go() {
    goPlays("life");
  }

  @Test
  @Tag("long")
  void a_go_program_that_probes_the_lock_all_the_time_is_never_told_a_lie() {
    goPlays("watching");
  }

  @Test
  void a_go_program_is_told_by_codes_why_a_request_is_refused() {
    goPlays("refusals");
  }

  @Test
  void a_go_program_may_send_more_than_4_mib_and_not_more_than_16() {
    goPlays("sizes");
  }

  @Test
  void what_a_go_program_gives_up_is_no_longer_worked_for() {
    goPlaysWithAnEndlessModel("cancellation");
  }

  @Test
  void what_a_go_program_waits_for_is_finished_before_the_daemon_goes() {
    goPlaysWithAnEndlessModel("drain");
  }

  @Test
  void a_go_program_starts_a_daemon_over_what_a_killed_one_left() {
    goPlays("crash");
  }

  @Test
  void a_go_program_may_name_the_socket_in_any_way_it_knows() {
    goPlays("dialing");
  }

  @Test
  void a_go_package_manager_gets_the_right_recipe_20_times_of_20_from_the_builtin_model() {
    GoClient.build().play("recipe", home.path(), "builtin", "");
  }

  @Test
  void a_go_program_finds_the_services_by_both_versions_of_reflection() {
    goPlays("reflection");
  }

  @Test
  void a_python_program_starts_a_daemon_under_the_lock_uses_it_and_sees_it_go() {
    PythonClient.build().run(home.path(), speaking(), ANSWER);
  }
}
