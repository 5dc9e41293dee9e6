package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.daemon.crash.LastRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * All that was said about the settings, by whom, and what is wrong with it. Immutable.
 *
 * <p>A value that makes no sense is a {@link Problem}. Where another place overrides it, it is only
 * warned of: it does no harm until the other goes. A key that nobody knows is no problem either,
 * because the file belongs to other programs too.
 */
public final class SettingsReport {

  private static final String WARNING = "warning: ";

  private final Settings settings;
  private final List<Setting<?>> all;
  private final ConfigFile file;
  private final List<Problem> problems;
  private final List<Problem> overridden;

  SettingsReport(
      Settings settings,
      List<Setting<?>> all,
      ConfigFile file,
      List<Problem> problems,
      List<Problem> overridden) {
    this.settings = settings;
    this.all = List.copyOf(all);
    this.file = file;
    this.problems = List.copyOf(problems);
    this.overridden = List.copyOf(overridden);
  }

  /**
   * What a daemon is to run with.
   *
   * @throws SettingsException if there are problems, with all of them
   */
  public Settings settings() {
    if (!problems.isEmpty()) {
      throw new SettingsException(String.join("\n", complaints()));
    }
    return settings;
  }

  /** Every setting, in the order in which people are shown them. */
  public List<Setting<?>> all() {
    return all;
  }

  /** The directory of the daemon and its clients. */
  public Path home() {
    return settings.home().directory();
  }

  /** The socket that a daemon would listen at. */
  public Path socket() {
    return settings.home().socket();
  }

  /** Where the file is, or would be. */
  public Path configFile() {
    return file.path();
  }

  public boolean configFileExists() {
    return file.exists();
  }

  /** Why the context is smaller than the settings say, as a sentence; mostly empty. */
  public Optional<String> contextNote() {
    return LastRun.describe(settings.home().running(), settings.home().crashLog());
  }

  /** Why no daemon can start. */
  public List<Problem> problems() {
    return problems;
  }

  /** Values that make no sense, and do not count because another place says the setting. */
  public List<Problem> overridden() {
    return overridden;
  }

  /** The keys of the file's table {@code [llm]} that are no settings. */
  public List<UnknownKey> unknownKeys() {
    return file.unknownKeys();
  }

  /** A sentence on where it stands that no daemon shall run; empty where one may. */
  public Optional<String> refusal() {
    for (Setting<?> setting : all) {
      if (setting.key() == Key.ENABLED && setting.value().equals(Optional.of(false))) {
        return Optional.of(
            "Local models are switched off at "
                + setting.source().place()
                + ". Set it to true to start the daemon.");
      }
    }
    return Optional.empty();
  }

  /**
   * What the user of {@code serve} is told, a line each: the problems, bad values that another
   * overrides, the keys that look misspelt, and, where there are problems, the other unknown keys.
   */
  public List<String> complaints() {
    List<String> lines = new ArrayList<>();
    for (Problem problem : problems) {
      lines.add(problem.message());
    }
    for (Problem problem : overridden) {
      lines.add(WARNING + problem.message());
    }
    StringJoiner others = new StringJoiner(", ");
    for (UnknownKey key : unknownKeys()) {
      if (key.suggestion().isPresent()) {
        lines.add(WARNING + doubt(key, key.suggestion().get()).message());
      } else if (!problems.isEmpty()) {
        others.add(key.name() + " (line " + key.line() + ")");
      }
    }
    if (others.length() > 0) {
      lines.add(
          WARNING
              + new Problem(file.path().toString(), "Unknown keys in [llm]: " + others + ".")
                  .message());
    }
    return lines;
  }

  private Problem doubt(UnknownKey key, String meant) {
    return new Problem(
        file.path() + ", line " + key.line(),
        "'" + key.name() + "' is no setting. Did you mean " + meant + "?");
  }
}
