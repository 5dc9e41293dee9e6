package dev.tsuku.llm.bench.assets;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.recipe.Project;
import dev.tsuku.llm.recipe.Recipe;
import dev.tsuku.llm.recipe.Release;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A project of the data set with its expected answer. The record has the file of each platform; the
 * release also gets a version and files that are never an answer, both from a seed.
 *
 * @param project its releases, newest first
 * @param mappings the expected ones
 * @param executable the expected one
 * @param habit the kind of its files' names
 */
record AssetCase(Project project, List<Recipe.Mapping> mappings, String executable, String habit) {

  private static final Map<String, String> FORMATS =
      Map.of(
          "tar.gz", "tar.gz", "tgz", "tgz", "tar.xz", "tar.xz", "txz", "tar.xz", "zip", "zip",
          "tar.bz2", "tbz", "tbz", "tbz", "tbz2", "tbz", "raw", "binary");

  private static final Pattern ARCHIVE =
      Pattern.compile("\\.(tar\\.gz|tgz|tar\\.xz|zip|tar\\.bz2|tbz)$");
  private static final Pattern UNUSABLE =
      Pattern.compile("(?i)(?<!\\.tar)\\.(gz|bz2|xz|zst|whl|appimage|pkg|dmg)$");
  private static final Pattern INTEL =
      Pattern.compile("(?i)amd64|x86|x64|64[-_]?bit|(linux|macos|osx|darwin|mac)[-_]?64|intel");
  private static final Pattern UNIVERSAL = Pattern.compile("(?i)universal|all");
  private static final Pattern APPLE = Pattern.compile("(?i)darwin|mac|osx|apple|universal");
  private static final Pattern ARM =
      Pattern.compile("(?i)arm64|aarch_?64|armv8|arm[-_]64|silicon|(?<![a-z])(m1|arm)(?![a-z0-9])");

  /**
   * Reads a record.
   *
   * @param releases how many releases the project lists
   * @return empty if no file of the record can be an answer
   */
  static Optional<AssetCase> of(Json.Obj record, int releases) {
    String repository = text(record, "repo");
    String tool = repository.substring(repository.indexOf('/') + 1);
    if (!(record.get("variants").orElse(Json.Null.NULL) instanceof Json.Array variants)
        || variants.items().isEmpty()
        || !(variants.items().getLast() instanceof Json.Obj newest)) {
      throw new IllegalArgumentException("the record of " + repository + " has no variants");
    }
    SequencedMap<String, Recipe.Mapping> byPlatform = new LinkedHashMap<>();
    TreeSet<String> names = new TreeSet<>();
    if (newest.get("assets").orElse(Json.Null.NULL) instanceof Json.Obj assets) {
      assets.members().forEach((platform, entry) -> read(platform, entry, byPlatform, names));
    }
    dropEmulated(byPlatform, tool);
    addUnmarked(byPlatform, tool, names);
    if (byPlatform.isEmpty()) {
      return Optional.empty();
    }
    Random random = new Random(repository.hashCode());
    addNoise(random, tool, names);
    int major = random.nextInt(9);
    int minor = releases + random.nextInt(60);
    List<Release> listed = new ArrayList<>();
    for (int i = 0; i < releases; i++) {
      String version = major + "." + (minor - i) + "." + random.nextInt(12);
      listed.add(new Release("v" + version, names.stream().map(it -> put(version, it)).toList()));
    }
    String version = listed.getFirst().tag().substring(1);
    List<Recipe.Mapping> mappings =
        Recipe.PLATFORMS.stream()
            .filter(byPlatform::containsKey)
            .map(byPlatform::get)
            .map(
                it -> new Recipe.Mapping(it.os(), it.arch(), put(version, it.asset()), it.format()))
            .toList();
    return Optional.of(
        new AssetCase(
            new Project(repository, text(record, "description"), listed, ""),
            mappings,
            executable(newest).orElse(tool),
            habit(byPlatform.values().stream().map(Recipe.Mapping::asset).toList(), mappings)));
  }

  private static void read(
      String platform, Json json, Map<String, Recipe.Mapping> byPlatform, TreeSet<String> names) {
    if (!(json instanceof Json.Obj entry)) {
      return;
    }
    String asset = text(entry, "asset").replace("vv{version}", "v{version}");
    names.add(asset);
    String format = FORMATS.get(text(entry, "format"));
    if (format == null || !Recipe.PLATFORMS.contains(platform) || UNUSABLE.matcher(asset).find()) {
      return;
    }
    // Some records call an archive raw.
    Matcher archive = ARCHIVE.matcher(asset);
    if (format.equals("binary") && archive.find()) {
      format = FORMATS.getOrDefault(archive.group(1), format);
    }
    String[] parts = platform.split("/", 2);
    byPlatform.put(platform, new Recipe.Mapping(parts[0], parts[1], asset, format));
  }

  /** Records may name a file for Intel processors on arm64 as well, where it is emulated. */
  private static void dropEmulated(SequencedMap<String, Recipe.Mapping> byPlatform, String tool) {
    for (String os : List.of("linux", "darwin")) {
      Recipe.Mapping intel = byPlatform.get(os + "/amd64");
      Recipe.Mapping arm = byPlatform.get(os + "/arm64");
      if (intel != null && arm != null && intel.asset().equals(arm.asset())) {
        String rest = without(tool, intel.asset());
        if (INTEL.matcher(rest).find() && !UNIVERSAL.matcher(rest).find()) {
          byPlatform.remove(os + "/arm64");
        }
      }
    }
  }

  /** A file's name without the tool's, which may contain a word for a system. */
  private static String without(String tool, String asset) {
    return asset.replaceAll("(?i)" + Pattern.quote(tool), "");
  }

  /**
   * A macOS file whose name has no processor is for both, if no other one is for arm64. Of such
   * projects some records have both platforms and some only amd64.
   */
  private static void addUnmarked(
      SequencedMap<String, Recipe.Mapping> byPlatform, String tool, Set<String> names) {
    Recipe.Mapping mac = byPlatform.get("darwin/amd64");
    if (mac == null || byPlatform.containsKey("darwin/arm64")) {
      return;
    }
    String rest = without(tool, mac.asset());
    if (APPLE.matcher(rest).find()
        && !INTEL.matcher(rest).find()
        && names.stream()
            .map(it -> without(tool, it))
            .noneMatch(it -> APPLE.matcher(it).find() && ARM.matcher(it).find())) {
      byPlatform.put(
          "darwin/arm64", new Recipe.Mapping("darwin", "arm64", mac.asset(), mac.format()));
    }
  }

  private static void addNoise(Random random, String tool, TreeSet<String> names) {
    List<String> real = List.copyOf(names);
    names.add("checksums.txt");
    if (random.nextInt(3) == 0) {
      real.forEach(name -> names.add(name + ".sha256"));
    }
    if (random.nextInt(3) == 0) {
      names.add(tool + "_{version}_linux_amd64.deb");
      names.add(tool + "_{version}_linux_arm64.rpm");
    }
    if (random.nextInt(5) == 0) {
      names.add(tool + "-{version}-source.tar.gz");
    }
    names.remove("");
  }

  private static Optional<String> executable(Json.Obj variant) {
    return variant.get("files").orElse(Json.Null.NULL) instanceof Json.Array files
            && !files.items().isEmpty()
            && files.items().getFirst() instanceof Json.Obj first
        ? Optional.of(text(first, "name"))
        : Optional.empty();
  }

  private static String habit(List<String> assets, List<Recipe.Mapping> mappings) {
    String joined = String.join(" ", assets);
    if (joined.contains("unknown-linux") || joined.contains("apple-darwin")) {
      return "Rust target triples";
    }
    if (mappings.stream().map(Recipe.Mapping::asset).distinct().count() < mappings.size()) {
      return "one file for several platforms";
    }
    if (mappings.stream().allMatch(it -> it.format().equals("binary"))) {
      return "bare binaries";
    }
    if (!joined.contains("{version}")) {
      return "archives without a version";
    }
    boolean capital = !joined.equals(joined.toLowerCase(Locale.ROOT));
    return capital ? "archives with a version, capital letters" : "archives with a version";
  }

  private static String put(String version, String name) {
    return name.replace("{version}", version);
  }

  private static String text(Json.Obj json, String name) {
    return json.get(name).orElse(Json.Null.NULL) instanceof Json.Text text ? text.value() : "";
  }
}
