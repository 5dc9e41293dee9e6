package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import java.util.Locale;
import java.util.Optional;

/**
 * An operating system and a processor, as the prebuilt packages name them.
 *
 * @param system {@code linux}, {@code mac} or {@code win}
 * @param processor {@code x64}, {@code arm64}, or what Java calls any other
 */
public record Platform(String system, String processor) {

  /**
   * The platform this process runs on.
   *
   * @throws BackendException of kind {@code UNUSABLE} on a system whose libraries have other names
   *     than these
   */
  public static Platform current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String system =
        os.startsWith("linux")
            ? "linux"
            : os.startsWith("mac") ? "mac" : os.startsWith("windows") ? "win" : "";
    if (system.isEmpty()) {
      throw new BackendException(
          BackendException.Kind.UNUSABLE,
          "llama.cpp cannot be used on "
              + osName
              + "; this program knows its libraries on Linux, macOS and Windows only.");
    }
    return new Platform(
        system,
        switch (osArch) {
          case "amd64", "x86_64" -> "x64";
          case "aarch64", "arm64" -> "arm64";
          default -> osArch;
        });
  }

  /** As in the packages' names: {@code linux-x64}. */
  public String label() {
    return system + "-" + processor;
  }

  /** The file name of the library that other programs link as {@code -l<name>}. */
  String library(String name) {
    return switch (system) {
      case "win" -> name + ".dll";
      case "mac" -> "lib" + name + ".dylib";
      default -> "lib" + name + ".so";
    };
  }

  /** The file name of a part that ggml loads while running; on macOS too they end in .so. */
  String plugin(String name) {
    return system.equals("win") ? name + ".dll" : "lib" + name + ".so";
  }

  /** Which part of llama.cpp a file is, such as {@code ggml-cpu-zen4}; nothing for other files. */
  Optional<String> part(String fileName) {
    int dot = fileName.indexOf('.');
    String stem = dot < 0 ? fileName : fileName.substring(0, dot);
    String part =
        system.equals("win") || !stem.startsWith("lib") ? stem : stem.substring("lib".length());
    boolean library =
        fileName.endsWith(".so") || fileName.endsWith(".dylib") || fileName.endsWith(".dll");
    boolean ours = part.equals("llama") || part.equals("ggml") || part.startsWith("ggml-");
    return library && ours ? Optional.of(part) : Optional.empty();
  }
}
