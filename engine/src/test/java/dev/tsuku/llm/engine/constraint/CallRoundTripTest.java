package dev.tsuku.llm.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prompt.Prompt.Opening;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.template.BoundaryTokens;
import dev.tsuku.llm.template.ChatTemplate;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.PromptPiece.Origin;
import dev.tsuku.llm.template.ToolCall;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Calls as real chat templates write them in a conversation are read back as the model's answer:
 * exactly the calls, and nothing for the reader.
 */
class CallRoundTripTest {

  private static final Path TEMPLATES =
      Path.of(System.getProperty("tsuku.root", ".")).resolve("../shared/chat-templates");

  private static final ToolDefinition SEARCH =
      new ToolDefinition(
          "search_all",
          "Searches.",
          """
          {"type": "object",
           "properties": {
             "text": {"type": "string"},
             "limit": {"type": "integer"},
             "ratio": {"type": "number"},
             "deep": {"type": "boolean"},
             "filter": {"type": "object", "properties": {
               "names": {"type": "array", "items": {"type": "string"}},
               "inner": {"type": "object", "additionalProperties": false}},
              "additionalProperties": false}},
           "additionalProperties": false}""");

  private static final ToolDefinition PING =
      new ToolDefinition("ping", "Pings.", "{\"type\": \"object\", \"properties\": {}}");

  private static final List<ToolCall> CALLS =
      List.of(
          call("search_all", "{\"text\": \"plain\"}"),
          call("search_all", "{\"text\": \"a \\\"quoted\\\" \\\\ path, {braces} and ]\"}"),
          call("search_all", "{\"text\": \"two\\nlines and </tool_call>\"}"),
          call("search_all", "{\"text\": \"Größe 東京 🙂\"}"),
          call("search_all", "{\"limit\": -12, \"ratio\": 0.25, \"deep\": true}"),
          call(
              "search_all",
              "{\"text\": \"\", \"filter\": {\"names\": [\"a\", \"b\"], \"inner\": {}}}"),
          call("search_all", "{}"),
          call("ping", "{}"));

  /** As vocabularies name the tokens that end a turn. */
  private static final Set<String> ENDS =
      Set.of(
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "</s>",
          "<|call|>",
          "<|return|>",
          "<|END_OF_TURN_TOKEN|>",
          "<|end_of_text|>",
          "<|calls|>",
          "<end_of_turn>",
          "<turn|>",
          "<|role_end|>",
          "<|observation|>",
          "<|endoftext|>",
          "<|end_of_msg|>",
          "<|eot|>",
          "<sep>",
          "[e~[",
          "<seed:eos>",
          "<｜end▁of▁sentence｜>");

  private static final Pattern TOKENS =
      Pattern.compile(
          "<\\|[A-Za-z_:]+\\|>|<｜[^｜<>]+｜>|\\[/?[A-Z_]+\\]|</?s>|\\[e~\\[|\\]~b\\]|<turn\\|>|<sep>"
              + "|<end_of_turn>|<start_of_turn>|<seed:[a-z]+>");

  /** Tags that are tokens in some vocabularies, and text in others. */
  private static final Pattern TAGS = Pattern.compile("</?(think|tool_call|tool_calls)>");

  /** They write answers in sections of their own, of which nothing is known here. */
  private static final List<String> OTHERS = List.of("Kimi-K3", "muse-glimmer");

  private static ToolCall call(String name, String arguments) {
    return new ToolCall("call00000", name, arguments);
  }

  /** What came of an answer. */
  private record Read(String content, List<ToolCall> calls) {}

  /** A template, and how its model's answers are read. */
  private record Family(
      String name, ChatTemplate template, List<ToolDefinition> tools, boolean tagsAreTokens) {

    Family withoutTools() {
      return new Family(name, template, List.of(), tagsAreTokens);
    }

    Conversation conversation(Turn... more) {
      List<Turn> turns = new ArrayList<>();
      turns.add(new Turn.User("Do it."));
      turns.addAll(List.of(more));
      return new Conversation("", turns, tools);
    }

    String render(Turn... more) {
      return text(template.render(conversation(more)));
    }

    private static String text(List<PromptPiece> pieces) {
      return pieces.stream().map(PromptPiece::text).collect(Collectors.joining());
    }

    /** A turn as the model is to write it, and all that the template writes behind it. */
    List<PromptPiece> answer(String content, List<ToolCall> calls) {
      List<Turn> turns = new ArrayList<>();
      turns.add(new Turn.Assistant(content, calls));
      calls.forEach(one -> turns.add(new Turn.ToolResult(one.id(), "outcome", false)));
      List<PromptPiece> all = template.render(conversation(turns.toArray(Turn[]::new)));
      String text = text(all);
      int from = common(render(), text);
      int open = text.lastIndexOf('<', from - 1);
      from = open > text.lastIndexOf('>', from - 1) ? open : from;
      // What the model thought is left out of a conversation, but not of an answer.
      if (opening() == Opening.THINKING && !text.substring(from).contains("</think>")) {
        return endOfTurn("</think>", all, from);
      }
      if (render().endsWith("</think>") && text.startsWith("</think>", from)) {
        return endOfTurn("", all, from + "</think>".length());
      }
      return endOfTurn("", all, from);
    }

    /** Pieces from an index on, without those of the next turn where no token ends the turn. */
    private static List<PromptPiece> endOfTurn(String first, List<PromptPiece> all, int index) {
      String text = text(all);
      boolean hasEnd =
          Stream.concat(ENDS.stream(), Stream.of("<|end|>"))
              .anyMatch(text.substring(index)::contains);
      int tag = text.indexOf("</tool_call>\n\nUser", index);
      int until =
          hasEnd
              ? text.length()
              : tag >= 0 ? tag + "</tool_call>".length() : text.indexOf("outcome", index);
      List<PromptPiece> answer = new ArrayList<>();
      if (!first.isEmpty()) {
        answer.add(new PromptPiece(first, Origin.FORMAT));
      }
      int at = 0;
      for (PromptPiece piece : all) {
        int end = at + piece.text().length();
        int from = Math.max(at, index);
        int to = Math.min(end, until);
        if (from < to) {
          answer.add(new PromptPiece(piece.text().substring(from - at, to - at), piece.origin()));
        }
        at = end;
      }
      return answer;
    }

    private static int common(String one, String other) {
      int length = 0;
      while (length < Math.min(one.length(), other.length())
          && one.charAt(length) == other.charAt(length)) {
        length++;
      }
      return length;
    }

    Opening opening() {
      String prompt = render().stripTrailing();
      return prompt.endsWith("<think>")
          ? Opening.THINKING
          : prompt.endsWith("<|start|>assistant") ? Opening.HEADER : Opening.ANSWER;
    }

    private List<String> tags(String text) {
      Set<String> tags = new LinkedHashSet<>();
      for (Pattern pattern : tagsAreTokens ? List.of(TOKENS, TAGS) : List.of(TOKENS)) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
          tags.add(matcher.group());
        }
      }
      if (tags.contains("<|channel|>")) {
        tags.add("<|constrain|>");
        tags.add("<|return|>");
      } else if (tags.contains("<|end|>")) {
        tags.add("<|end|>");
      }
      return List.copyOf(tags);
    }

    TagVocabulary vocabulary(List<PromptPiece> answer, int pieceLength) {
      List<String> tags = tags(render() + text(answer));
      Set<String> ends = new LinkedHashSet<>(ENDS);
      if (!tags.contains("<|channel|>")) {
        ends.add("<|end|>");
      }
      return new TagVocabulary(text(answer), pieceLength, tags, ends);
    }

    TokenConstraint begin(TagVocabulary vocabulary, boolean parallel) {
      GenerationRequest request =
          new GenerationRequest(
              "r1",
              conversation(),
              1000,
              Sampling.GREEDY,
              List.of(),
              "",
              ToolChoice.AUTO,
              parallel,
              "");
      return new TokenConstraints(vocabulary, template)
          .begin(new Schemas().plan(request), opening(), () -> false)
          .orElseThrow();
    }

    Read read(List<PromptPiece> answer, boolean parallel, int pieceLength) {
      TagVocabulary vocabulary = vocabulary(answer, pieceLength);
      return follow(vocabulary, begin(vocabulary, parallel), vocabulary.tokens(answer));
    }

    private Read follow(TagVocabulary vocabulary, TokenConstraint constraint, int[] tokens) {
      StringBuilder content = new StringBuilder();
      List<ToolCall> calls = new ArrayList<>();
      int written = 0;
      for (int token : tokens) {
        if (constraint.isOver()) {
          break;
        }
        String so = name + " behind " + named(vocabulary, Arrays.copyOf(tokens, written));
        assertThat(constraint.allows(token)).as("%s, %s", so, vocabulary.text(token)).isTrue();
        if (vocabulary.endsGeneration(token)) {
          break;
        }
        String forced = named(vocabulary, constraint.forced(1000));
        assertThat(named(vocabulary, Arrays.copyOfRange(tokens, written, tokens.length)))
            .as(so)
            .startsWith(forced);
        constraint.add(token);
        written++;
        content.append(new String(constraint.parts().takeText(false), StandardCharsets.ISO_8859_1));
        calls.addAll(constraint.parts().takeCalls());
      }
      content.append(new String(constraint.parts().takeText(true), StandardCharsets.ISO_8859_1));
      return new Read(
          new String(
              content.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8),
          calls);
    }

    private static String named(TagVocabulary vocabulary, int[] tokens) {
      StringBuilder text = new StringBuilder();
      for (int token : tokens) {
        text.append(vocabulary.text(token));
      }
      return text.toString();
    }
  }

  private static List<Family> families() throws IOException {
    assumeTrue(Files.isDirectory(TEMPLATES), () -> TEMPLATES + " is missing");
    List<Path> files;
    try (Stream<Path> all = Files.list(TEMPLATES)) {
      files =
          all.filter(file -> file.toString().endsWith(".jinja"))
              .filter(file -> OTHERS.stream().noneMatch(file.getFileName().toString()::startsWith))
              .sorted()
              .toList();
    }
    List<Family> families = new ArrayList<>();
    for (Path file : files) {
      for (boolean tagsAreTokens : new boolean[] {false, true}) {
        families.add(
            new Family(
                file.getFileName().toString(),
                ChatTemplate.parse(
                    Files.readString(file),
                    new BoundaryTokens("<s>", "</s>"),
                    Clock.fixed(Instant.parse("2026-11-24T10:00:00Z"), ZoneOffset.UTC)),
                List.of(SEARCH, PING),
                tagsAreTokens));
      }
    }
    assertThat(families).hasSizeGreaterThan(80);
    return families;
  }

  private static void requireSame(Family family, List<ToolCall> read, List<ToolCall> called) {
    assertThat(read).extracting(ToolCall::name).as(family.name()).isEqualTo(names(called));
    assertThat(read)
        .extracting(CallRoundTripTest::value)
        .as(family.name())
        .isEqualTo(called.stream().map(CallRoundTripTest::value).toList());
  }

  private static List<String> names(List<ToolCall> calls) {
    return calls.stream().map(ToolCall::name).toList();
  }

  private static Json value(ToolCall call) {
    return JsonReader.read(call.argumentsJson());
  }

  @Test
  void a_call_as_a_template_writes_it_is_read_as_that_call_and_no_content() throws IOException {
    int read = 0;
    for (Family family : families()) {
      for (ToolCall call : CALLS) {
        List<PromptPiece> answer = family.answer("", List.of(call));
        if (Family.text(answer).contains("\\u00")) {
          // There is one spelling of each character.
          continue;
        }
        for (int length : family.tagsAreTokens() ? new int[] {1, 7} : new int[] {1, 3, 40}) {
          requireRead(family, answer, false, new Read("", List.of(call)), length);
          read++;
        }
      }
    }
    assertThat(read).isGreaterThan(1500);
  }

  private static void requireRead(
      Family family, List<PromptPiece> answer, boolean parallel, Read expected, int length) {
    Read read = family.read(answer, parallel, length);
    assertThat(read.content()).as(family.name()).isEqualTo(expected.content());
    requireSame(family, read.calls(), expected.calls());
  }

  @Test
  void words_before_a_call_are_content_where_the_template_writes_them() throws IOException {
    int read = 0;
    for (Family family : families()) {
      List<PromptPiece> answer = family.answer("Let me see.", CALLS.subList(0, 1));
      String text = Family.text(answer);
      boolean isFirst =
          text.contains("Let me see.") && text.indexOf("Let me see.") < text.indexOf("search_all");
      if (isFirst) {
        // One template has the space behind its "assistant:" here.
        String words = text.startsWith(" ") ? " Let me see." : "Let me see.";
        String content = family.opening() == Opening.HEADER ? "" : words;
        for (int length : new int[] {1, 7, 40}) {
          requireRead(family, answer, false, new Read(content, CALLS.subList(0, 1)), length);
        }
        read++;
      }
    }
    assertThat(read).isGreaterThan(50);
  }

  @Test
  void an_answer_ends_with_its_first_call_unless_more_are_allowed() throws IOException {
    List<ToolCall> several =
        List.of(
            call("search_all", "{\"ratio\": 0.5}"),
            call("ping", "{}"),
            call("search_all", "{\"ratio\": 0.50}"),
            call("search_all", "{\"ratio\": 1}"));
    int read = 0;
    for (Family family : families()) {
      // Cohere's number their calls.
      if (family.template().callShape().next().isEmpty() || family.name().startsWith("Cohere")) {
        continue;
      }
      List<PromptPiece> answer = family.answer("", several);
      for (int length : new int[] {1, 7}) {
        // The third repeats the first.
        requireRead(family, answer, true, new Read("", several.subList(0, 2)), length);
      }
      requireEnd(family, family.answer("", several.subList(0, 1)), answer);
      read++;
    }
    assertThat(read).isGreaterThan(40);
  }

  /** What is forced behind the first call, where only one is allowed, ends the answer. */
  private static void requireEnd(Family family, List<PromptPiece> one, List<PromptPiece> several) {
    TagVocabulary vocabulary = family.vocabulary(several, 1);
    TokenConstraint constraint = family.begin(vocabulary, false);
    for (int token : vocabulary.tokens(one)) {
      if (!constraint.parts().hasCalled()) {
        constraint.add(token);
      }
    }
    for (int token : constraint.forced(1000)) {
      constraint.add(token);
    }
    assertThat(constraint.isOver()).as(family.name()).isTrue();
    assertThat(constraint.parts().takeText(true)).as(family.name()).isEmpty();
  }

  @Test
  void only_the_final_channel_is_content() throws IOException {
    Family family =
        families().stream()
            .filter(one -> one.name().startsWith("openai-gpt-oss"))
            .findFirst()
            .orElseThrow();
    String said =
        "<|channel|>analysis<|message|>Hm, to=functions.ping?<|end|><|start|>assistant<|channel|>"
            + "commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final<|message|>";
    List<PromptPiece> answer =
        List.of(new PromptPiece(said + "The final word.<|return|>", Origin.FORMAT));
    List<PromptPiece> called =
        List.of(
            new PromptPiece(
                "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary"
                    + " to=functions.ping <|constrain|>json<|message|>{}<|call|>",
                Origin.FORMAT));
    for (int length : new int[] {1, 3, 7, 40}) {
      requireRead(family, answer, false, new Read("The final word.", List.of()), length);
      requireRead(family, called, false, new Read("", List.of(call("ping", "{}"))), length);
      assertThat(family.withoutTools().read(answer, false, length).content())
          .isEqualTo("The final word.");
    }
  }
}
