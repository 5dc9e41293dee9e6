package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache directory that is a link is neither used nor changed. */
@Timeout(180)
class LinkedCacheTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");

  @BeforeEach
  void makeHome() throws IOException {
    home = Files.createDirectory(directory.resolve("h"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache", "cache/prefixes", "cache/tables"})
  void a_linked_cache_keeps_its_mode_and_is_named(String name) throws Exception {
    Path target = Files.createDirectory(directory.resolve("t"));
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path link = home.resolve(name);
    Files.createDirectories(link.resolveSibling("."));
    Files.createSymbolicLink(link, target);
    try (RunningDaemon daemon = RunningDaemon.serve(TsukuCommand.in(home), home)) {
      assertThat(
              TsukuCommand.in(home)
                  .run("complete", "--model", "builtin", "--max-tokens", "1", "Hi")
                  .status())
          .isZero();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
          .isEqualTo("rwxr-xr-x");
      assertThat(target).isEmptyDirectory();
      assertThat(daemon.log()).contains(link + " is not used: it is a symbolic link");
    }
    for (String[] arguments : new String[][] {{"cache"}, {"cache", "--clear"}}) {
      assertThat(TsukuCommand.in(home).run(arguments))
          .isEqualTo(
              new Result(
                  1,
                  "",
                  "tsuku-llm: "
                      + link
                      + " is not used: it is a symbolic link. Remove it, or set TSUKU_HOME to"
                      + " another directory.\n"));
    }
  }
}
