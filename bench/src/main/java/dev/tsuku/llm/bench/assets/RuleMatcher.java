package dev.tsuku.llm.bench.assets;

import dev.tsuku.llm.recipe.Project;
import dev.tsuku.llm.recipe.Recipe;
import dev.tsuku.llm.recipe.Release;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Maps files to platforms by the words in their names: the baseline for models. Stateless. */
final class RuleMatcher {

  private static final String BEFORE = "(?<![a-z])";
  private static final String AFTER = "(?![a-z0-9])";

  private static final Pattern NEVER =
      Pattern.compile(
          "\\.(sha\\d+(sum)?|md5|sig|asc|pem|sbom|json|txt|deb|rpm|apk|msi|exe|dmg|pkg|appimage|"
              + "whl|zst|yml|yaml|md)$|checksum|source|"
              + BEFORE
              + "(src|debug|freebsd|openbsd|netbsd|android|i[36]86|386|armv?[567]l?|armhf|"
              + "riscv64|ppc64le|s390x|win|windows|win64)"
              + AFTER);
  private static final Pattern LINUX = Pattern.compile("linux|ubuntu|lnx");
  private static final Pattern DARWIN =
      Pattern.compile("darwin|apple|osx|" + BEFORE + "mac(os)?(x)?" + AFTER);
  private static final Pattern ARM = Pattern.compile("arm64|aarch_?64|arm_64|armv8|silicon");
  private static final Pattern INTEL =
      Pattern.compile("amd64|x86[-_]64|x64|64[-_]?bit|intel|(linux|osx|mac(os)?|darwin)[-_]?64");
  private static final Pattern BOTH = Pattern.compile("universal|" + BEFORE + "all" + AFTER);
  private static final Pattern ENDING =
      Pattern.compile("\\.(tar\\.gz|tgz|tar\\.xz|txz|zip|tar\\.bz2|tbz2?)$");

  private static final List<String> PREFERENCE =
      List.of("tar.gz", "tgz", "tar.xz", "tbz", "zip", "binary");

  private RuleMatcher() {}

  /** The mappings of a project's newest release. */
  static List<Recipe.Mapping> mappings(Project project) {
    Release release = project.newest();
    String repository = project.repository().toLowerCase(Locale.ROOT);
    String tool = repository.substring(repository.indexOf('/') + 1);
    List<Recipe.Mapping> mappings = new ArrayList<>();
    for (String os : List.of("linux", "darwin")) {
      for (String arch : List.of("amd64", "arm64")) {
        best(release.assets(), os, arch, tool)
            .or(() -> unmarked(release.assets(), os, arch, tool))
            .ifPresent(it -> mappings.add(new Recipe.Mapping(os, arch, it, format(it))));
      }
    }
    return mappings;
  }

  private static Optional<String> best(List<String> assets, String os, String arch, String tool) {
    return assets.stream()
        .filter(asset -> score(words(asset, tool), os, arch) >= 0)
        .max(
            Comparator.<String>comparingInt(asset -> score(words(asset, tool), os, arch))
                .thenComparingInt(asset -> -libc(asset))
                .thenComparingInt(asset -> -PREFERENCE.indexOf(format(asset)))
                .thenComparingInt(asset -> -asset.length()));
  }

  /** The macOS file for arm64 where none has a word for that: the one without any processor. */
  private static Optional<String> unmarked(
      List<String> assets, String os, String arch, String tool) {
    return os.equals("darwin") && arch.equals("arm64")
        ? best(assets, os, "amd64", tool).filter(it -> !INTEL.matcher(words(it, tool)).find())
        : Optional.empty();
  }

  /** A name without the tool's: tools are called after systems, too. */
  private static String words(String asset, String tool) {
    String lower = asset.toLowerCase(Locale.ROOT);
    return lower.startsWith(tool) ? lower.substring(tool.length()) : lower;
  }

  /** How well a name fits a platform; negative if it does not. */
  private static int score(String words, String os, String arch) {
    boolean named = (os.equals("linux") ? LINUX : DARWIN).matcher(words).find();
    if (!named || NEVER.matcher(words).find()) {
      return -1;
    }
    boolean arm = ARM.matcher(words).find();
    boolean intel = INTEL.matcher(words).find();
    if (arch.equals("arm64")) {
      return arm ? 3 : os.equals("darwin") && !intel && BOTH.matcher(words).find() ? 2 : -1;
    }
    return intel ? 3 : arm ? -1 : BOTH.matcher(words).find() ? 2 : 1;
  }

  private static int libc(String asset) {
    String lower = asset.toLowerCase(Locale.ROOT);
    return lower.contains("gnu") ? 0 : lower.contains("musl") ? 1 : 2;
  }

  private static String format(String asset) {
    Matcher ending = ENDING.matcher(asset.toLowerCase(Locale.ROOT));
    if (!ending.find()) {
      return "binary";
    }
    return switch (ending.group(1)) {
      case "txz" -> "tar.xz";
      case "tar.bz2", "tbz2" -> "tbz";
      default -> ending.group(1);
    };
  }
}
