package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.protocol.GoDuration;
import dev.tsuku.llm.protocol.Home;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Reads the settings: for each the first source that has one, of the command line, the environment
 * and the file. An empty value counts as none.
 */
public final class SettingsReader {

  /** What llama.cpp can use. */
  private static final int MAX_THREADS = 512;

  private final Map<String, String> environment;

  /**
   * A reader of one environment.
   *
   * @param environment the process's variables
   */
  public SettingsReader(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * Reads everything.
   *
   * @param idleTimeoutFlag what the command line said, as text
   * @throws SettingsException at the first value that makes no sense
   */
  public Settings read(Optional<String> idleTimeoutFlag) {
    Home home = home();
    ConfigFile file = ConfigFile.read(home.config());
    return new Settings(
        home,
        idleTimeout(idleTimeoutFlag, file),
        first(variable("TSUKU_LLM_MODEL"), file.text("local_model")),
        backend(file),
        variable("TSUKU_LLM_LIBRARY_PATH").map(Path::of),
        threads(),
        file.truth("local_preemptive").orElse(true));
  }

  private Home home() {
    try {
      Home home = Home.of(environment);
      home.requireSocketPathFits();
      return home;
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()), e);
    }
  }

  private Duration idleTimeout(Optional<String> flag, ConfigFile file) {
    return Stream.of(
            new Named("--idle-timeout", flag),
            new Named("TSUKU_LLM_IDLE_TIMEOUT", variable("TSUKU_LLM_IDLE_TIMEOUT")),
            new Named(file.path() + ", idle_timeout", file.text("idle_timeout")))
        .filter(named -> named.value().isPresent())
        .findFirst()
        .map(SettingsReader::duration)
        .orElse(Settings.DEFAULT_IDLE_TIMEOUT);
  }

  private Optional<BackendKind> backend(ConfigFile file) {
    return Stream.of(
            new Named("TSUKU_LLM_BACKEND", variable("TSUKU_LLM_BACKEND")),
            new Named(file.path() + ", local_backend", file.text("local_backend")))
        .filter(named -> named.value().isPresent())
        .findFirst()
        .map(
            named ->
                named
                    .value()
                    .flatMap(BackendKind::parse)
                    .orElseThrow(
                        () ->
                            new SettingsException(
                                named.source()
                                    + ": '"
                                    + named.value().orElse("")
                                    + "' is no backend. Write cuda, metal, vulkan or cpu.")));
  }

  private OptionalInt threads() {
    Optional<String> text = variable("TSUKU_LLM_THREADS");
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int threads = Integer.parseInt(text.get());
      if (threads >= 1 && threads <= MAX_THREADS) {
        return OptionalInt.of(threads);
      }
    } catch (NumberFormatException e) {
      // The same sentence as for a number out of range.
    }
    throw new SettingsException(
        "TSUKU_LLM_THREADS: '"
            + text.get()
            + "' is no number of threads. Write one from 1 to "
            + MAX_THREADS
            + ".");
  }

  /** A value and where it stands. */
  private record Named(String source, Optional<String> value) {}

  private static Duration duration(Named named) {
    try {
      return GoDuration.parse(named.value().orElseThrow());
    } catch (IllegalArgumentException e) {
      throw new SettingsException(named.source() + ": " + e.getMessage(), e);
    }
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  private static Optional<String> first(Optional<String> one, Optional<String> other) {
    return one.or(() -> other);
  }
}
