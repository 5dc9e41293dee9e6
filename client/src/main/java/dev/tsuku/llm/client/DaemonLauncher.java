package dev.tsuku.llm.client;

import dev.tsuku.llm.protocol.Home;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a daemon is started: a command, to which {@code serve} is added.
 *
 * @param command the program and the arguments before {@code serve}, such as the absolute path of
 *     {@code tsuku-llm}
 */
public record DaemonLauncher(List<String> command) {

  private static final File NOTHING = new File("/dev/null");

  /** Makes the daemon leave this process' session and process group. */
  private static final String OWN_SESSION = "TSUKU_LLM_OWN_SESSION";

  public DaemonLauncher {
    command = List.copyOf(command);
    if (command.isEmpty()) {
      throw new IllegalArgumentException("A launcher needs a command.");
    }
  }

  /** The launcher of a program that needs no arguments before {@code serve}. */
  public static DaemonLauncher of(Path program) {
    return new DaemonLauncher(List.of(program.toString()));
  }

  /**
   * Starts a daemon for {@code home} with this process' environment, in a session of its own: a
   * Ctrl-C that is meant for this process does not reach the daemon, which others may use by then.
   *
   * @param words where its standard error goes. Not this process' own: whoever reads that to its
   *     end, as a shell's {@code $(...)} does, would wait for as long as the daemon lives.
   */
  Process launch(Home home, Path words) throws IOException {
    List<String> line = new ArrayList<>(command);
    line.add("serve");
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectInput(Redirect.from(NOTHING))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.to(words.toFile()));
    builder.environment().put(Home.VARIABLE, home.directory().toString());
    builder.environment().put(OWN_SESSION, "1");
    return builder.start();
  }
}
