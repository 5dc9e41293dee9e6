package dev.tsuku.llm.recipe;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds the prompt about a project: instructions, the project, and three tools. Stateless. */
public final class Question {

  /** The tool whose call is a recipe. */
  public static final String EXTRACT_PATTERN = "extract_pattern";

  /** The tool that fetches a file of the repository. */
  public static final String FETCH_FILE = "fetch_file";

  /** The tool that lists the files in an archive. */
  public static final String INSPECT_ARCHIVE = "inspect_archive";

  /** Characters of a README in the prompt. */
  private static final int MOST_README = 3_000;

  private static final int MOST_RELEASES = 3;

  /** Tokens of an answer; one with four mappings has 190 to 250. */
  private static final int MOST_TOKENS = 1_024;

  private static final String SYSTEM =
      """
      You turn the files of a project's releases into an install recipe.

      For each of linux/amd64, linux/arm64, darwin/amd64 and darwin/arm64 pick the file of the \
      newest release that a user of that platform would install, and call extract_pattern with all \
      of them. Use the files' names exactly as they are listed. Leave out platforms that have no \
      file. Never pick checksums, signatures, packages of distributions (deb, rpm, apk) or files \
      for other systems. Names for amd64 are amd64, x86_64, x64 and 64bit; for arm64 they are \
      arm64 and aarch64; for darwin they are darwin, macos, mac, osx and apple.

      If there is a choice: an archive rather than a bare binary; gnu rather than musl, and musl \
      rather than a name that says neither; tar.gz rather than another format; a file for one \
      processor rather than a universal one; the shorter name; no debug or minimal build. A file \
      for darwin that names no processor is for both, unless another one is for arm64.

      If the files do not tell what is needed, call fetch_file for a file of the repository, or \
      inspect_archive to see what an archive holds.""";

  private static final Prompt.Tool FETCH =
      new Prompt.Tool(
          FETCH_FILE,
          "Fetches a text file of the repository, such as README.md.",
          """
          {"type": "object", "properties": {"path": {"type": "string", "description": "The file's \
          path in the repository."}}, "required": ["path"], "additionalProperties": false}""");

  private static final Prompt.Tool INSPECT =
      new Prompt.Tool(
          INSPECT_ARCHIVE,
          "Lists the files in an archive of a release.",
          """
          {"type": "object", "properties": {"url": {"type": "string", "description": "Where the \
          archive can be downloaded."}}, "required": ["url"], "additionalProperties": false}""");

  private static final Prompt.Tool EXTRACT =
      new Prompt.Tool(
          EXTRACT_PATTERN,
          "Reports the file of the newest release for each platform, and the program in it.",
          """
          {"type": "object", "properties": {"mappings": {"type": "array", "maxItems": 4, "items": \
          {"type": "object", "properties": {"os": {"type": "string", "enum": ["linux", \
          "darwin"]}, "arch": {"type": "string", "enum": ["amd64", "arm64"]}, "asset": {"type": \
          "string", "description": "The file's name, as it is listed."}, "format": {"type": \
          "string", "enum": ["tar.gz", "tar.xz", "zip", "tbz", "tgz", "binary"]}}, "required": \
          ["os", "arch", "asset", "format"], "additionalProperties": false}}, "executable": \
          {"type": "string", "maxLength": 64, "description": "The program's file name."}, \
          "verify_command": {"type": "string", "maxLength": 96, "description": "A command that \
          prints the program's version."}}, "required": ["mappings", "executable", \
          "verify_command"], "additionalProperties": false}""");

  private Question() {}

  /** The tools of the prompt. */
  public static List<Prompt.Tool> tools() {
    return List.of(FETCH, INSPECT, EXTRACT);
  }

  /** The prompt with a project's three newest releases; one of the tools is to be called. */
  public static Prompt about(Project project) {
    return Prompt.of(text(project))
        .withSystem(SYSTEM)
        .withTools(tools())
        .withToolChoice("required")
        .withMaxTokens(MOST_TOKENS);
  }

  private static String text(Project project) {
    StringBuilder text = new StringBuilder(1024);
    text.append("Please analyze this repository and its releases to create a recipe.\n\n");
    if (!project.repository().isEmpty()) {
      text.append("Repository: ").append(project.repository()).append('\n');
    }
    if (!project.description().isEmpty()) {
      text.append("Description: ").append(project.description()).append('\n');
    }
    text.append("\nRecent releases:\n[\n");
    String between = "";
    for (Release release : project.releases().stream().limit(MOST_RELEASES).toList()) {
      text.append(between).append(JsonWriter.spaced(json(release)));
      between = ",\n";
    }
    text.append("\n]\n");
    if (!project.readme().isBlank()) {
      String readme = project.readme();
      text.append("\nREADME.md:\n")
          .append(readme, 0, Math.min(readme.length(), MOST_README))
          .append('\n');
    }
    text.append("\nAnalyze the release assets and call extract_pattern with the mappings.");
    return text.toString();
  }

  private static Json json(Release release) {
    Map<String, Json> members = new LinkedHashMap<>();
    members.put("tag", new Json.Text(release.tag()));
    members.put(
        "assets", new Json.Array(release.assets().stream().<Json>map(Json.Text::new).toList()));
    return new Json.Obj(members);
  }
}
