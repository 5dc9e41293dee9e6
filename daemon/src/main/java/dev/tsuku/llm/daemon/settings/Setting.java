package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.protocol.GoDuration;
import java.time.Duration;
import java.util.Optional;

/**
 * One setting as it was found.
 *
 * @param key which
 * @param value empty where the daemon is to choose, or where what was said makes no sense
 * @param source who said it, of several the one that counts
 * @param valid whether it makes sense; if not, a {@link Problem} says why
 */
public record Setting<T>(Key key, Optional<T> value, Source source, boolean valid) {

  /** Nobody said anything. */
  static <T> Setting<T> byDefault(Key key, Optional<T> value) {
    return new Setting<>(key, value, new Source.Default(), true);
  }

  /** The value as one would write it, on one line. */
  public Optional<String> text() {
    return value.map(
        it ->
            switch (it) {
              case Duration duration -> GoDuration.format(duration);
              case BackendKind kind -> kind.wireName();
              default -> Problem.oneLine(it.toString());
            });
  }
}
