package dev.tsuku.llm.recipe;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads projects from JSON: an object with {@code repository}, {@code description}, {@code
 * releases} and {@code readme}; or the releases themselves, one or an array, as the APIs of GitHub,
 * Gitea, Forgejo and GitLab return them. A release has a {@code tag} or {@code tag_name}, and
 * {@code assets}: names, or objects with a {@code name}. Other members are ignored. Stateless.
 */
public final class ProjectReader {

  private static final Pattern REPOSITORY =
      Pattern.compile("https://[^/]+/(?:api/v1/)?(?:repos/)?([^/]+/[^/]+)/(?:-/)?releases");

  private static final String FORM =
      "Write {\"repository\": \"owner/name\", \"releases\": [{\"tag\": \"v1.0.0\", \"assets\":"
          + " [\"file name\"]}]}, or use the response of a forge's releases API";

  private ProjectReader() {}

  /**
   * Reads a project; drafts are ignored, and so are prereleases if there is another release.
   *
   * @throws IllegalArgumentException if the text is not a project; the message is a predicate such
   *     as "is not JSON: …"
   */
  public static Project read(String text) {
    Json json;
    try {
      json = JsonReader.read(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (JsonException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    Optional<Json> listed =
        json instanceof Json.Obj object ? object.get("releases") : Optional.empty();
    List<Release> releases = releases(listed.orElse(json));
    return new Project(
        text(json, "repository").or(() -> repository(json)).orElse(""),
        text(json, "description").orElse(""),
        releases,
        text(json, "readme").orElse(""));
  }

  private static List<Release> releases(Json json) {
    List<Json> all = json instanceof Json.Array array ? array.items() : List.of(json);
    List<Release> stable = new ArrayList<>();
    List<Release> prereleases = new ArrayList<>();
    for (Json one : all) {
      Release release = release(one);
      if (!isTrue(one, "draft")) {
        (isTrue(one, "prerelease") ? prereleases : stable).add(release);
      }
    }
    List<Release> usable = hasAssets(stable) ? stable : prereleases;
    if (!hasAssets(usable)) {
      throw new IllegalArgumentException("has no assets in any release. " + FORM);
    }
    return usable;
  }

  private static boolean hasAssets(List<Release> releases) {
    return releases.stream().anyMatch(release -> !release.assets().isEmpty());
  }

  private static Release release(Json json) {
    Optional<Json> assets =
        json instanceof Json.Obj object ? object.get("assets") : Optional.empty();
    // GitLab has uploaded files in "links", beside generated archives of the sources.
    if (assets.isPresent() && assets.get() instanceof Json.Obj object) {
      assets = object.get("links");
    }
    if (assets.isEmpty() || !(assets.get() instanceof Json.Array list)) {
      String message =
          text(json, "message").map(it -> ", only the message '" + it + "'").orElse("");
      throw new IllegalArgumentException("has no releases" + message + ". " + FORM);
    }
    String tag = text(json, "tag").or(() -> text(json, "tag_name")).orElse("");
    return new Release(tag, list.items().stream().map(ProjectReader::asset).toList());
  }

  private static String asset(Json json) {
    Optional<String> name =
        json instanceof Json.Text text ? Optional.of(text.value()) : text(json, "name");
    // On GitLab the name of a link may be a label, such as "Linux amd64".
    if (name.filter(it -> it.contains(" ")).isPresent()) {
      Optional<String> label = name;
      name =
          text(json, "url")
              .map(ProjectReader::lastPart)
              .filter(it -> it.contains("."))
              .or(() -> label);
    }
    return name.filter(it -> !it.isBlank())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "has an asset without a name. An asset is a name, or an object with one"));
  }

  private static String lastPart(String address) {
    return address.substring(address.lastIndexOf('/') + 1);
  }

  private static boolean isTrue(Json json, String name) {
    return json instanceof Json.Obj object
        && object.get(name).equals(Optional.of(new Json.Bool(true)));
  }

  private static Optional<String> text(Json json, String name) {
    return json instanceof Json.Obj object && object.get(name).orElse(json) instanceof Json.Text it
        ? Optional.of(it.value())
        : Optional.empty();
  }

  /** The repository in a release's address. */
  private static Optional<String> repository(Json json) {
    Json first =
        json instanceof Json.Array array && !array.items().isEmpty()
            ? array.items().getFirst()
            : json;
    Optional<String> self =
        first instanceof Json.Obj object
            ? object.get("_links").flatMap(it -> text(it, "self"))
            : Optional.empty();
    List<Optional<String>> addresses = List.of(text(first, "html_url"), text(first, "url"), self);
    for (Optional<String> address : addresses) {
      Matcher where = REPOSITORY.matcher(address.orElse(""));
      if (where.find()) {
        return Optional.of(where.group(1));
      }
    }
    return Optional.empty();
  }
}
