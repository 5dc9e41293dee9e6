package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.models.KvCacheType;
import dev.tsuku.llm.protocol.GoDuration;
import dev.tsuku.llm.protocol.Home;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Reads the settings: for each the first place that has one, of the command line, the environment
 * and the file. An empty variable, or an empty text in the file, counts as none.
 *
 * <p>One object for one reading, on one thread.
 */
public final class SettingsReader {

  /** What llama.cpp can use. */
  private static final int MAX_THREADS = 512;

  /** What asks for less has no room for a question and its answer. */
  private static final int MIN_CONTEXT = 64;

  /** More than any model is trained for. */
  private static final int MAX_CONTEXT = 16_777_216;

  private static final int MAX_SEQUENCES = 64;

  /** A pebibyte. */
  private static final int MAX_CACHE = 1 << 30;

  private final Map<String, String> environment;
  private final Map<Key, String> flags;
  private final Home home;
  private final ConfigFile file;
  private final List<Setting<?>> all = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> overridden = new ArrayList<>();

  private SettingsReader(Map<String, String> environment, Map<Key, String> flags, Home home) {
    this.environment = environment;
    this.flags = Map.copyOf(flags);
    this.home = home;
    this.file = ConfigFile.read(home.config());
  }

  /**
   * Reads everything, and goes on where something is wrong.
   *
   * @param flags what the command line said, as text
   * @param environment the process's variables
   * @throws SettingsException if not even the home directory can be made out
   */
  public static SettingsReport read(Map<Key, String> flags, Map<String, String> environment) {
    Home home;
    try {
      home = Home.of(environment);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()), e);
    }
    return new SettingsReader(environment, flags, home).read();
  }

  private SettingsReport read() {
    home();
    problems.addAll(file.problems());
    setting(Key.ENABLED, Boolean::valueOf, Optional.of(true));
    Optional<Boolean> preload = setting(Key.PRELOAD, Boolean::valueOf, Optional.of(true));
    Optional<String> model = setting(Key.MODEL, text -> text, Optional.empty());
    Optional<BackendKind> backend = setting(Key.BACKEND, SettingsReader::backend, Optional.empty());
    Optional<Duration> idleTimeout =
        setting(Key.IDLE_TIMEOUT, GoDuration::parse, Optional.of(Settings.DEFAULT_IDLE_TIMEOUT));
    Optional<ChatTemplateFile> chatTemplate =
        setting(Key.CHAT_TEMPLATE, ChatTemplateFile::read, Optional.empty());
    OptionalInt context = number(Key.CONTEXT, MIN_CONTEXT, MAX_CONTEXT, "tokens");
    OptionalInt sequences = number(Key.SEQUENCES, 1, MAX_SEQUENCES, "sequences");
    Optional<KvCacheType> kvCacheType =
        setting(Key.KV_CACHE_TYPE, SettingsReader::kvCacheType, Optional.empty());
    int cache =
        setting(
                Key.CACHE,
                text -> checked(text, 0, MAX_CACHE, "mebibytes"),
                Optional.of(Settings.DEFAULT_CACHE_MEBIBYTES))
            .orElse(Settings.DEFAULT_CACHE_MEBIBYTES);
    OptionalInt threads = number(Key.THREADS, 1, MAX_THREADS, "threads");
    Optional<Path> library = setting(Key.LIBRARY, Path::of, Optional.empty());
    Settings settings =
        new Settings(
            home,
            idleTimeout.orElse(Settings.DEFAULT_IDLE_TIMEOUT),
            model,
            backend,
            library,
            context,
            sequences,
            kvCacheType,
            threads,
            preload.orElse(true),
            chatTemplate,
            cache);
    return new SettingsReport(settings, all, file, problems, overridden);
  }

  private void home() {
    Optional<String> named = variable(Key.HOME);
    Source source = named.isPresent() ? new Source.Variable(Home.VARIABLE) : new Source.Default();
    boolean fits = true;
    try {
      home.requireSocketPathFits();
    } catch (IllegalArgumentException e) {
      fits = false;
      problems.add(new Problem(Home.VARIABLE, String.valueOf(e.getMessage())));
    }
    all.add(new Setting<>(Key.HOME, Optional.of(home.directory()), source, fits));
  }

  /** Reads all places of a setting; the first one counts, and nonsense in the others is noted. */
  private <T> Optional<T> setting(Key key, Function<String, T> meaning, Optional<T> otherwise) {
    List<Setting<T>> said = new ArrayList<>();
    String given = flags.get(key);
    if (given != null) {
      Source flag = new Source.Flag(key.flag().orElseThrow());
      said.add(understand(key, flag, given, meaning, problems));
    }
    variable(key)
        .ifPresent(
            text -> {
              Source variable = new Source.Variable(key.variable().orElseThrow());
              said.add(understand(key, variable, text, meaning, problemsBehind(said)));
            });
    file.entry(key)
        .ifPresent(
            entry -> {
              Source line = new Source.Line(file.path(), entry.line(), key.label());
              Function<String, T> typed = text -> meaning.apply(checkedType(key, entry));
              said.add(understand(key, line, entry.text(), typed, problemsBehind(said)));
            });
    Setting<T> first = said.isEmpty() ? Setting.byDefault(key, otherwise) : said.getFirst();
    all.add(first);
    return first.value();
  }

  /** Where to note that a value makes no sense, behind those that were read before it. */
  private <T> List<Problem> problemsBehind(List<Setting<T>> said) {
    return said.isEmpty() ? problems : overridden;
  }

  private static <T> Setting<T> understand(
      Key key, Source source, String text, Function<String, T> meaning, List<Problem> noted) {
    try {
      return new Setting<>(key, Optional.of(meaning.apply(text)), source, true);
    } catch (IllegalArgumentException e) {
      noted.add(new Problem(source.place(), String.valueOf(e.getMessage())));
      return new Setting<>(key, Optional.empty(), source, false);
    }
  }

  /** A number counts as its text, so that {@code idle_timeout = 90} works. */
  private static String checkedType(Key key, ConfigFile.Entry entry) {
    boolean truth = entry.type() == ConfigFile.Type.TRUTH;
    boolean text = entry.type() == ConfigFile.Type.TEXT || entry.type() == ConfigFile.Type.NUMBER;
    if (key.isTruth() && !truth) {
      throw new IllegalArgumentException(
          shown(entry) + " is neither true nor false. Write one of these, without quotes.");
    }
    if (!key.isTruth() && !text) {
      throw new IllegalArgumentException(shown(entry) + " is no text. Write one in quotes.");
    }
    return entry.text();
  }

  private static String shown(ConfigFile.Entry entry) {
    return entry.type() == ConfigFile.Type.OTHER ? entry.text() : "'" + entry.text() + "'";
  }

  private static BackendKind backend(String text) {
    return BackendKind.parse(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'" + text + "' is no backend. Write cuda, metal, vulkan or cpu."));
  }

  private static KvCacheType kvCacheType(String text) {
    return KvCacheType.parse(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'"
                        + text
                        + "' is no type of a KV cache. Write one of "
                        + KvCacheType.names()
                        + "."));
  }

  private OptionalInt number(Key key, int fewest, int most, String what) {
    return setting(key, text -> checked(text, fewest, most, what), Optional.<Integer>empty())
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  private static int checked(String text, int fewest, int most, String what) {
    try {
      int number = Integer.parseInt(text);
      if (number >= fewest && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The same sentence as for a number out of range.
    }
    throw new IllegalArgumentException(
        "'%s' is no number of %s. Write one from %d to %d.".formatted(text, what, fewest, most));
  }

  private Optional<String> variable(Key key) {
    return key.variable().map(environment::get).filter(value -> !value.isEmpty());
  }
}
