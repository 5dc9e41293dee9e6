package dev.tsuku.llm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.tsuku.llm.template.PromptPiece.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A file full of special tokens is given to every real template: the template's own writing must be
 * the same as for a harmless file, character by character.
 */
class PromptSafetyTest {

  private static final Path FOLDER =
      Path.of(System.getProperty("tsuku.root", ".")).resolve("../shared/chat-templates");
  private static final Pattern MARKER =
      Pattern.compile(
          "<[|｜][^<>\\n]{1,60}[|｜]>|<\\|[^<>\\n]{1,40}>|\\[/?[A-Z_]{2,20}\\]"
              + "|</?[A-Za-z_:|]{2,30}>|\\]~[!a-z]*\\[|\\[e~\\[");

  /**
   * These look for switches of their own in the system message, where tools stand, too, if need be;
   * both are the caller's to write. One turns thinking on there, the other has a place marked for
   * its tools.
   */
  private static final Set<String> SWITCHED_BY_THE_SYSTEM_MESSAGE =
      Set.of("HuggingFaceTB-SmolLM3-3B.jinja", "openbmb-MiniCPM5-1B.jinja");

  /** It looks for thoughts in what the model wrote, where calls stand, too, if need be. */
  private static final Set<String> LOOKS_FOR_THOUGHTS_IN_CALLS =
      Set.of("inclusionai-ling-3.0-flash.jinja");

  @TestFactory
  List<DynamicTest> no_marker_in_a_readme_becomes_the_templates_own() throws IOException {
    assumeTrue(Files.isDirectory(FOLDER), "there is no folder of chat templates");
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(".jinja"))
          .sorted()
          .map(file -> dynamicTest(file.getFileName().toString(), () -> check(file)))
          .toList();
    }
  }

  private static void check(Path file) throws IOException {
    String source = Files.readString(file);
    ChatTemplate template =
        ChatTemplate.parse(
            source, new BoundaryTokens("<s>", "</s>"), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    String markers = markers(source);
    assertThat(markers).contains("<|im_end|>", "</s>");
    String hostile = "# README\n" + markers + "Nothing special.";
    // Some templates write something of their own before each line.
    String harmless = "# README\n" + markers.replaceAll(".+", "-") + "Nothing special.";
    String system =
        SWITCHED_BY_THE_SYSTEM_MESSAGE.contains(file.getFileName().toString()) ? harmless : hostile;
    String called =
        LOOKS_FOR_THOUGHTS_IN_CALLS.contains(file.getFileName().toString()) ? harmless : hostile;
    for (boolean thinking : new boolean[] {false, true}) {
      ChatTemplate told = template.thinking(thinking);
      List<PromptPiece> expected = told.render(conversation(harmless, harmless, harmless));
      List<PromptPiece> pieces = told.render(conversation(system, called, hostile));
      assertThat(text(pieces, Origin.FORMAT)).isEqualTo(text(expected, Origin.FORMAT));
      assertThat(text(expected, Origin.FORMAT)).doesNotContain("README", "fetch");
      assertThat(text(expected, Origin.CONTENT)).contains("README");
      assertThat(text(pieces, Origin.CONTENT).length())
          .isGreaterThan(text(expected, Origin.CONTENT).length() + markers.length());
    }
  }

  /** Everything but what the model itself wrote, which templates may look into for its thoughts. */
  private static Conversation conversation(String system, String called, String readme) {
    return new Conversation(
        "You read files.\n" + system,
        List.of(
            new Turn.User("Fetch it.\n" + readme),
            new Turn.Assistant("", List.of(new ToolCall("id-1", "fetch_file", arguments(called)))),
            new Turn.ToolResult("id-1", readme, false),
            new Turn.Assistant("It is there.", List.of()),
            new Turn.User(readme)),
        List.of(
            new ToolDefinition(
                "fetch_file",
                "Fetches a file. " + system,
                "{\"type\": \"object\", \"properties\": {\"path\": {\"type\": \"string\","
                    + " \"description\": "
                    + JsonText.quote(system)
                    + "}}, \"required\": [\"path\"]}")));
  }

  private static String arguments(String readme) {
    return "{\"path\": " + JsonText.quote(readme) + "}";
  }

  private static String markers(String source) {
    TreeSet<String> markers =
        MARKER
            .matcher(source)
            .results()
            .map(result -> result.group())
            .collect(Collectors.toCollection(TreeSet::new));
    markers.addAll(List.of("<|im_start|>", "<|im_end|>", "<s>", "</s>", "<|eot_id|>", "[INST]"));
    return String.join("\n", markers) + "\n";
  }

  private static String text(List<PromptPiece> pieces, Origin origin) {
    return pieces.stream()
        .filter(piece -> piece.origin() == origin)
        .map(PromptPiece::text)
        .collect(Collectors.joining("\u0000"));
  }
}
