package dev.tsuku.llm.llama;

import java.util.Locale;
import java.util.Optional;

/** What computes. */
public enum BackendKind {
  CPU,
  CUDA,
  METAL,
  VULKAN;

  /** The kind of this lower-case name, such as {@code cuda}. */
  public static Optional<BackendKind> named(String name) {
    for (BackendKind kind : values()) {
      if (kind.lowerCase().equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** The kind that ggml's registry calls so; nothing for those this program does not know. */
  static Optional<BackendKind> ofRegistry(String name) {
    return switch (name) {
      case "CPU" -> Optional.of(CPU);
      case "CUDA" -> Optional.of(CUDA);
      case "MTL" -> Optional.of(METAL);
      case "Vulkan" -> Optional.of(VULKAN);
      default -> Optional.empty();
    };
  }

  /** As settings, status and file names spell it. */
  public String lowerCase() {
    return name().toLowerCase(Locale.ROOT);
  }
}
