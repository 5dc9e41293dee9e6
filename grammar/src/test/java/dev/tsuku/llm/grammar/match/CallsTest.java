package dev.tsuku.llm.grammar.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.schema.Nodes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallsTest {

  private static final int OPEN = 7;
  private static final int CLOSE = 9;

  private static final Calls.Tool FETCH =
      tool(
          "fetch",
          "{\"properties\": {\"path\": {\"type\": \"string\"}}, \"required\": [\"path\"]}");
  private static final Calls.Tool FETCH_ALL =
      tool("fetch_all", "{\"additionalProperties\": false}");

  private static final ReasoningTags TEXT_TAGS = new ReasoningTags("<think>", "</think>");
  private static final ReasoningTags MARK_TAGS =
      new ReasoningTags(MatcherState.markOf(3), MatcherState.markOf(4));

  /** Tags that are tokens of their own, around JSON on its own line. */
  private static final ToolCallSyntax TAGS =
      new ToolCallSyntax(
          MatcherState.markOf(OPEN) + "\n{\"name\": \"",
          "\", \"arguments\": ",
          "}\n" + MatcherState.markOf(CLOSE),
          "}\n" + MatcherState.markOf(CLOSE) + "\n" + MatcherState.markOf(OPEN) + "\n{\"name\": \"",
          true,
          false,
          TEXT_TAGS);

  private static final ToolCallSyntax BARE =
      new ToolCallSyntax("{\"name\": \"", "\", \"parameters\": ", "}", "", true, false, MARK_TAGS);

  private static Calls.Tool tool(String name, String schema) {
    return new Calls.Tool(name, Nodes.compile(schema));
  }

  private static Optional<MatcherState> follow(MatcherState start, String symbols) {
    Optional<MatcherState> at = Optional.of(start);
    for (int symbol : symbols.codePoints().toArray()) {
      at = at.flatMap(position -> Optional.ofNullable(position.next(symbol)));
    }
    return at;
  }

  private static String forced(MatcherState from) {
    StringBuilder forced = new StringBuilder();
    MatcherState at = from;
    while (at.only() >= 0) {
      forced.appendCodePoint(at.only());
      at = Optional.ofNullable(at.next(at.only())).orElseThrow();
    }
    return forced.toString();
  }

  @Test
  void what_is_required_is_written_from_the_first_symbol_on() {
    MatcherState start = new Calls(TAGS, List.of(FETCH, FETCH_ALL), true).required();
    assertThat(forced(start)).isEqualTo(MatcherState.markOf(OPEN) + "\n{\"name\": \"fetch");
    MatcherState named =
        follow(start, MatcherState.markOf(OPEN) + "\n{\"name\": \"fetch_").orElseThrow();
    assertThat(forced(named)).startsWith("all\", \"arguments\": {").doesNotContain("path");
    assertThat(start.next('{')).isNull();
    assertThat(follow(start, MatcherState.markOf(OPEN) + "\n{\"name\": \"fetch_\"")).isEmpty();
  }

  @Test
  void arguments_obey_the_schema_of_their_tool() {
    MatcherState start = new Calls(TAGS, List.of(FETCH, FETCH_ALL), true).required();
    String before = MatcherState.markOf(OPEN) + "\n{\"name\": \"fetch\", \"arguments\": ";
    assertThat(follow(start, before + "{\"path\": 1")).isEmpty();
    assertThat(follow(start, before + "{}")).isEmpty();
    assertThat(follow(start, before + "[")).isEmpty();
    assertThat(follow(start, before).orElseThrow().part()).isEqualTo(Part.NOTATION);
    MatcherState inside = follow(start, before + "{\"path\": \"a\"").orElseThrow();
    assertThat(inside.tool()).isZero();
    assertThat(inside.part()).isEqualTo(Part.VALUE);
    MatcherState behind = follow(inside, "}}\n" + MatcherState.markOf(CLOSE)).orElseThrow();
    assertThat(behind.tool()).isEqualTo(-1);
    assertThat(behind.isComplete()).isTrue();
    assertThat(behind.isEnd()).isFalse();
    String more =
        "\n" + MatcherState.markOf(OPEN) + "\n{\"name\": \"fetch_all\", \"arguments\": {}}\n";
    assertThat(follow(behind, more + MatcherState.markOf(CLOSE)).map(MatcherState::isComplete))
        .contains(true);
  }

  @Test
  void a_single_call_is_the_end() {
    MatcherState start = new Calls(BARE, List.of(FETCH_ALL), true).required();
    MatcherState end = follow(start, "{\"name\": \"fetch_all\", \"parameters\": {}}").orElseThrow();
    assertThat(end.isEnd()).isTrue();
  }

  @Test
  void a_call_is_the_end_where_several_could_be_written_and_one_is_allowed() {
    MatcherState start = new Calls(TAGS, List.of(FETCH_ALL), false).possible();
    String call =
        MatcherState.markOf(OPEN)
            + "\n{\"name\": \"fetch_all\", \"arguments\": {}}\n"
            + MatcherState.markOf(CLOSE);
    assertThat(follow(start, "So: " + call).map(MatcherState::isEnd)).contains(true);
    MatcherState several = new Calls(TAGS, List.of(FETCH_ALL), true).possible();
    assertThat(follow(several, "So: " + call).map(MatcherState::isEnd)).contains(false);
  }

  @Test
  void a_call_may_begin_in_either_of_two_ways() {
    ToolCallSyntax spelled =
        new ToolCallSyntax("<tool>", "\n", "</tool>", "</tool><tool>", true, false, TEXT_TAGS);
    MatcherState start = new Calls(TAGS, List.of(FETCH_ALL), true).possible(spelled);
    assertThat(follow(start, "a <tool").map(MatcherState::held)).contains(5);
    assertThat(follow(start, "a <tool>fetch_all\n{}</tool>").map(MatcherState::isComplete))
        .contains(true);
    assertThat(
            follow(start, "a <tool>fetch_all\n{}</tool><tool>fetch_all\n{}")
                .map(MatcherState::tool))
        .contains(-1);
    assertThat(follow(start, "a " + MatcherState.markOf(OPEN) + "\n{\"n").map(MatcherState::part))
        .contains(Part.NOTATION);
  }

  private static Optional<Part> inChannels(String... symbols) {
    ChannelTags tags =
        new ChannelTags(
            MatcherState.markOf(1),
            MatcherState.markOf(2),
            MatcherState.markOf(3),
            MatcherState.markOf(4),
            MatcherState.markOf(5));
    ToolCallSyntax notation =
        new ToolCallSyntax(
            tags.channel() + "commentary to=functions.", tags.message(), "", "", true, true, tags);
    String said =
        String.join("", symbols)
            .replace("S", tags.start())
            .replace("C", tags.channel())
            .replace("M", tags.message())
            .replace("E", tags.end())
            .replace("K", tags.constrain());
    return follow(new Calls(notation, List.of(FETCH_ALL), false).possible(), said)
        .map(at -> at.isEnd() ? Part.VALUE : at.part());
  }

  @Test
  void messages_are_for_the_reader_in_the_final_channel_alone() {
    assertThat(inChannels("Cfinal")).contains(Part.NOTATION);
    assertThat(inChannels("CfinalMa to=functions.")).contains(Part.TEXT);
    assertThat(inChannels("Cfinal KjsonMa")).contains(Part.TEXT);
    assertThat(inChannels("CfinallyMa")).contains(Part.THOUGHT);
    assertThat(inChannels("CfinMa")).contains(Part.THOUGHT);
    assertThat(inChannels("CMa")).contains(Part.THOUGHT);
    assertThat(inChannels("Ma")).contains(Part.TEXT);
    assertThat(inChannels("CanalysisMHm final")).contains(Part.THOUGHT);
    assertThat(inChannels("CanalysisMHmESassistantCcommentaryMa")).contains(Part.THOUGHT);
    assertThat(inChannels("CanalysisMHmESassistantCfinalMa")).contains(Part.TEXT);
  }

  @Test
  void a_message_to_a_tool_is_a_call_in_whichever_order_its_header_is() {
    for (String type : List.of("", " json", " Kjson")) {
      assertThat(
              inChannels("CanalysisMHmESassistant to=functions.fetch_allCcommentary", type, "M{}"))
          .contains(Part.VALUE);
      assertThat(inChannels("Ccommentary to=functions.fetch_all", type, "M{}"))
          .contains(Part.VALUE);
    }
    assertThat(inChannels("Ccommentary to=functions.other")).isEmpty();
    assertThat(inChannels(" to=functions.fetch_allM{}")).isEmpty();
  }

  @Test
  void words_go_on_until_a_call_begins() {
    MatcherState start = new Calls(TAGS, List.of(FETCH), true).possible();
    MatcherState words = follow(start, "Let me {\"name\": see").orElseThrow();
    assertThat(words.part()).isEqualTo(Part.TEXT);
    assertThat(words.isComplete()).isTrue();
    MatcherState calling = follow(words, MatcherState.markOf(OPEN)).orElseThrow();
    assertThat(calling.isComplete()).isFalse();
    assertThat(forced(calling)).isEqualTo("\n{\"name\": \"fetch\", \"arguments\": {\"path\": \"");
    assertThat(ShortestCompletion.of(calling).map(ShortestCompletion::all).orElse("none"))
        .isEqualTo(forced(calling) + "\"}}\n" + MatcherState.markOf(CLOSE));
  }

  @Test
  void calls_that_look_like_text_can_only_be_the_first_thing() {
    MatcherState start = new Calls(BARE, List.of(FETCH), true).possible();
    assertThat(follow(start, "Use {\"a\": 1}").map(MatcherState::part)).contains(Part.TEXT);
    assertThat(follow(start, "\n{\"a")).isEmpty();
    assertThat(follow(start, "\n{\"n").map(MatcherState::part)).contains(Part.NOTATION);
  }

  @Test
  void marks_say_nothing_and_may_stand_around_thoughts() {
    MatcherState start = new Calls(BARE, List.of(FETCH), true).possible();
    assertThat(follow(start, MatcherState.markOf(8) + "{").map(MatcherState::part))
        .contains(Part.NOTATION);
    String thoughts = MatcherState.markOf(3) + "{Hm}" + MatcherState.markOf(4);
    assertThat(follow(start, thoughts + "\n").map(MatcherState::part)).contains(Part.TEXT);
    assertThat(follow(start, thoughts + "\n{\"n").map(MatcherState::part)).contains(Part.NOTATION);
  }

  @Test
  void tags_that_are_text_are_held_until_they_are_whole() {
    ToolCallSyntax text =
        new ToolCallSyntax("<tool_call>\n", "\n", "</tool_call>", "", false, false, TEXT_TAGS);
    MatcherState start = new Calls(text, List.of(FETCH), true).possible();
    assertThat(follow(start, "a <<tool").map(MatcherState::held)).contains(5);
    assertThat(follow(start, "a <<tools").map(MatcherState::held)).contains(0);
    assertThat(follow(start, "a <<tool_call>").map(MatcherState::part)).contains(Part.NOTATION);
  }

  @Test
  void no_call_can_begin_where_there_are_no_tools() {
    MatcherState start = new Calls(TAGS, List.of(), true).possible();
    assertThat(start.next(MatcherState.MARK + OPEN)).isNull();
    assertThat(start.next('a')).isNotNull();
  }

  @Test
  void thoughts_come_first_and_are_apart() {
    MatcherState start = new Calls(TAGS, List.of(FETCH), true).possible();
    MatcherState thinking =
        follow(start, "\n<think>\nHm: " + MatcherState.markOf(OPEN)).orElseThrow();
    assertThat(thinking.part()).isEqualTo(Part.THOUGHT);
    MatcherState words = follow(thinking, "</think>\n\nSo").orElseThrow();
    assertThat(words.part()).isEqualTo(Part.TEXT);
    assertThat(follow(words, "<think>").map(MatcherState::part)).contains(Part.TEXT);
    assertThat(follow(words, MatcherState.markOf(OPEN)).map(MatcherState::part))
        .contains(Part.NOTATION);
  }

  @Test
  void thoughts_that_were_begun_are_ended_before_what_must_follow() {
    MatcherState start =
        MatcherState.start(Nodes.compile("{\"type\": \"null\"}")).afterThinking(TEXT_TAGS);
    assertThat(start.isComplete()).isFalse();
    assertThat(follow(start, "Well</th</think>null").map(MatcherState::isEnd)).contains(true);
    assertThat(
            follow(start, "Well</th").flatMap(ShortestCompletion::of).map(ShortestCompletion::all))
        .contains("ink>null");
  }
}
