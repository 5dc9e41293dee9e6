package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of a checkout in which this user cannot build. */
@Timeout(120)
class CheckoutTest {

  private static final String OTHER_USER = "12345";

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  /** As much of a checkout as the scripts look at before anything is built. */
  private Path checkout() throws IOException {
    Path root = SharedFiles.root();
    Path copy = Files.createDirectory(directory.resolve("checkout"));
    for (String file : List.of("mvnw", "tsuku-llm", "pom.xml")) {
      Files.copy(root.resolve(file), copy.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (String module : List.of("cli", "packaging")) {
      Files.createDirectory(copy.resolve(module));
      Files.copy(root.resolve(module + "/pom.xml"), copy.resolve(module + "/pom.xml"));
    }
    try (Stream<Path> scripts = Files.list(root.resolve("packaging"))) {
      for (Path script : scripts.filter(path -> path.toString().endsWith(".sh")).toList()) {
        Files.copy(script, copy.resolve("packaging").resolve(script.getFileName()));
      }
    }
    return copy;
  }

  private String refusal(Path checkout, String script) throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "only root can be another user");
    assertThat(
            new ProcessBuilder("chmod", "-R", "go+rX", directory.path().toString())
                .start()
                .waitFor())
        .isZero();
    List<String> command =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--clear-groups"));
    command.addAll(List.of("env", "-i", "HOME=" + directory.path()));
    command.addAll(List.of("PATH=" + System.getenv("PATH"), checkout.resolve(script).toString()));
    command.add(script.equals("mvnw") ? "verify" : "--version");
    Path said = directory.resolve("said");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it still waits, and has said: " + Files.readString(said));
    }
    assertThat(process.exitValue()).isEqualTo(1);
    return Files.readString(said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mvnw", "tsuku-llm"})
  void another_users_checkout_is_refused_at_once(String script) throws Exception {
    Path checkout = checkout();
    Files.createDirectories(checkout.resolve("packaging/target"));
    assertThat(refusal(checkout, script))
        .startsWith(script + ": ")
        .contains(checkout + "/cli", "user 12345", "in a copy of the checkout")
        .hasLineCount(1);
  }

  @Test
  void a_checkout_in_which_only_what_was_built_is_anothers_is_refused_at_once() throws Exception {
    Path checkout = checkout();
    Files.createDirectories(checkout.resolve("packaging/target"));
    assertThat(
            new ProcessBuilder("chown", OTHER_USER, checkout + "/cli", checkout + "/packaging")
                .start()
                .waitFor())
        .isZero();
    for (String script : List.of("mvnw", "tsuku-llm")) {
      assertThat(refusal(checkout, script)).contains(checkout + "/packaging/target", "user 12345");
    }
  }
}
