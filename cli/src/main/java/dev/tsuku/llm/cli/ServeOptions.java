package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.settings.ChatTemplateFile;
import dev.tsuku.llm.daemon.settings.Key;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The settings that {@code serve} takes on its command line. */
final class ServeOptions {

  static final String IDLE_TIMEOUT = "--idle-timeout";

  @Option(
      names = IDLE_TIMEOUT,
      paramLabel = "DURATION",
      description = {
        "End after this long without work, such as 5m, 1h30m or 90 (seconds);",
        "0s: never. 5m unless TSUKU_LLM_IDLE_TIMEOUT or config.toml say otherwise."
      })
  private @Nullable String idleTimeout;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE|chatml",
      description = {
        "Write prompts with this Jinja template, or as ChatML, not with the template in",
        "the model's file."
      })
  private @Nullable String chatTemplate;

  /** What was given, as the settings are read from. */
  Map<Key, String> given() {
    Map<Key, String> given = new EnumMap<>(Key.class);
    if (idleTimeout != null) {
      given.put(Key.IDLE_TIMEOUT, idleTimeout);
    }
    if (chatTemplate != null) {
      given.put(Key.CHAT_TEMPLATE, fromHere(chatTemplate));
    }
    return given;
  }

  private static String fromHere(String file) {
    if (file.equalsIgnoreCase(ChatTemplateFile.CHATML)) {
      return file;
    }
    try {
      InputFile.requireFindable(Path.of(file));
      return Path.of(file).toAbsolutePath().normalize().toString();
    } catch (InvalidPathException e) {
      // What is wrong with it is said where it is read.
      return file;
    }
  }
}
