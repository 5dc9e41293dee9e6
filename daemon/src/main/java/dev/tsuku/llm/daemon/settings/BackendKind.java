package dev.tsuku.llm.daemon.settings;

import java.util.Locale;
import java.util.Optional;

/** A kind of device to compute on. */
public enum BackendKind {
  CUDA,
  METAL,
  VULKAN,
  CPU;

  /** The name on the wire and in settings, such as {@code "cuda"}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a name in any case. */
  static Optional<BackendKind> parse(String text) {
    for (BackendKind kind : values()) {
      if (kind.name().equalsIgnoreCase(text)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
