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

  private static final ThoughtTags TEXT_TAGS = new ThoughtTags("<think>", "</think>");
  private static final ThoughtTags MARK_TAGS =
      new ThoughtTags(Position.markOf(3), Position.markOf(4));

  /** Tags that are tokens of their own, around JSON on its own line. */
  private static final CallNotation TAGS =
      new CallNotation(
          Position.markOf(OPEN) + "\n{\"name\": \"",
          "\", \"arguments\": ",
          "}\n" + Position.markOf(CLOSE),
          "}\n" + Position.markOf(CLOSE) + "\n" + Position.markOf(OPEN) + "\n{\"name\": \"",
          true,
          false,
          TEXT_TAGS);

  private static final CallNotation BARE =
      new CallNotation("{\"name\": \"", "\", \"parameters\": ", "}", "", true, false, MARK_TAGS);

  private static Calls.Tool tool(String name, String schema) {
    return new Calls.Tool(name, Nodes.compile(schema));
  }

  private static Optional<Position> follow(Position start, String symbols) {
    Optional<Position> at = Optional.of(start);
    for (int symbol : symbols.codePoints().toArray()) {
      at = at.flatMap(position -> Optional.ofNullable(position.next(symbol)));
    }
    return at;
  }

  private static String forced(Position from) {
    StringBuilder forced = new StringBuilder();
    Position at = from;
    while (at.only() >= 0) {
      forced.appendCodePoint(at.only());
      at = Optional.ofNullable(at.next(at.only())).orElseThrow();
    }
    return forced.toString();
  }

  @Test
  void what_is_required_is_written_from_the_first_symbol_on() {
    Position start = new Calls(TAGS, List.of(FETCH, FETCH_ALL), true).required();
    assertThat(forced(start)).isEqualTo(Position.markOf(OPEN) + "\n{\"name\": \"fetch");
    Position named = follow(start, Position.markOf(OPEN) + "\n{\"name\": \"fetch_").orElseThrow();
    assertThat(forced(named)).startsWith("all\", \"arguments\": {").doesNotContain("path");
    assertThat(start.next('{')).isNull();
    assertThat(follow(start, Position.markOf(OPEN) + "\n{\"name\": \"fetch_\"")).isEmpty();
  }

  @Test
  void arguments_obey_the_schema_of_their_tool() {
    Position start = new Calls(TAGS, List.of(FETCH, FETCH_ALL), true).required();
    String before = Position.markOf(OPEN) + "\n{\"name\": \"fetch\", \"arguments\": ";
    assertThat(follow(start, before + "{\"path\": 1")).isEmpty();
    assertThat(follow(start, before + "{}")).isEmpty();
    assertThat(follow(start, before + "[")).isEmpty();
    assertThat(follow(start, before).orElseThrow().part()).isEqualTo(Part.NOTATION);
    Position inside = follow(start, before + "{\"path\": \"a\"").orElseThrow();
    assertThat(inside.tool()).isZero();
    assertThat(inside.part()).isEqualTo(Part.VALUE);
    Position behind = follow(inside, "}}\n" + Position.markOf(CLOSE)).orElseThrow();
    assertThat(behind.tool()).isEqualTo(-1);
    assertThat(behind.isComplete()).isTrue();
    assertThat(behind.isEnd()).isFalse();
    String more = "\n" + Position.markOf(OPEN) + "\n{\"name\": \"fetch_all\", \"arguments\": {}}\n";
    assertThat(follow(behind, more + Position.markOf(CLOSE)).map(Position::isComplete))
        .contains(true);
  }

  @Test
  void a_single_call_is_the_end() {
    Position start = new Calls(BARE, List.of(FETCH_ALL), true).required();
    Position end = follow(start, "{\"name\": \"fetch_all\", \"parameters\": {}}").orElseThrow();
    assertThat(end.isEnd()).isTrue();
  }

  @Test
  void a_call_is_the_end_where_several_could_be_written_and_one_is_allowed() {
    Position start = new Calls(TAGS, List.of(FETCH_ALL), false).possible();
    String call =
        Position.markOf(OPEN)
            + "\n{\"name\": \"fetch_all\", \"arguments\": {}}\n"
            + Position.markOf(CLOSE);
    assertThat(follow(start, "So: " + call).map(Position::isEnd)).contains(true);
    Position several = new Calls(TAGS, List.of(FETCH_ALL), true).possible();
    assertThat(follow(several, "So: " + call).map(Position::isEnd)).contains(false);
  }

  @Test
  void a_call_may_begin_in_either_of_two_ways() {
    CallNotation spelled =
        new CallNotation("<tool>", "\n", "</tool>", "</tool><tool>", true, false, TEXT_TAGS);
    Position start = new Calls(TAGS, List.of(FETCH_ALL), true).possible(spelled);
    assertThat(follow(start, "a <tool").map(Position::held)).contains(5);
    assertThat(follow(start, "a <tool>fetch_all\n{}</tool>").map(Position::isComplete))
        .contains(true);
    assertThat(follow(start, "a <tool>fetch_all\n{}</tool><tool>fetch_all\n{}").map(Position::tool))
        .contains(-1);
    assertThat(follow(start, "a " + Position.markOf(OPEN) + "\n{\"n").map(Position::part))
        .contains(Part.NOTATION);
  }

  private static Optional<Part> inChannels(String... symbols) {
    ChannelTags tags =
        new ChannelTags(
            Position.markOf(1),
            Position.markOf(2),
            Position.markOf(3),
            Position.markOf(4),
            Position.markOf(5));
    CallNotation notation =
        new CallNotation(
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
    Position start = new Calls(TAGS, List.of(FETCH), true).possible();
    Position words = follow(start, "Let me {\"name\": see").orElseThrow();
    assertThat(words.part()).isEqualTo(Part.TEXT);
    assertThat(words.isComplete()).isTrue();
    Position calling = follow(words, Position.markOf(OPEN)).orElseThrow();
    assertThat(calling.isComplete()).isFalse();
    assertThat(forced(calling)).isEqualTo("\n{\"name\": \"fetch\", \"arguments\": {\"path\": \"");
    assertThat(Ending.of(calling).map(Ending::all).orElse("none"))
        .isEqualTo(forced(calling) + "\"}}\n" + Position.markOf(CLOSE));
  }

  @Test
  void calls_that_look_like_text_can_only_be_the_first_thing() {
    Position start = new Calls(BARE, List.of(FETCH), true).possible();
    assertThat(follow(start, "Use {\"a\": 1}").map(Position::part)).contains(Part.TEXT);
    assertThat(follow(start, "\n{\"a")).isEmpty();
    assertThat(follow(start, "\n{\"n").map(Position::part)).contains(Part.NOTATION);
  }

  @Test
  void marks_say_nothing_and_may_stand_around_thoughts() {
    Position start = new Calls(BARE, List.of(FETCH), true).possible();
    assertThat(follow(start, Position.markOf(8) + "{").map(Position::part)).contains(Part.NOTATION);
    String thoughts = Position.markOf(3) + "{Hm}" + Position.markOf(4);
    assertThat(follow(start, thoughts + "\n").map(Position::part)).contains(Part.TEXT);
    assertThat(follow(start, thoughts + "\n{\"n").map(Position::part)).contains(Part.NOTATION);
  }

  @Test
  void tags_that_are_text_are_held_until_they_are_whole() {
    CallNotation text =
        new CallNotation("<tool_call>\n", "\n", "</tool_call>", "", false, false, TEXT_TAGS);
    Position start = new Calls(text, List.of(FETCH), true).possible();
    assertThat(follow(start, "a <<tool").map(Position::held)).contains(5);
    assertThat(follow(start, "a <<tools").map(Position::held)).contains(0);
    assertThat(follow(start, "a <<tool_call>").map(Position::part)).contains(Part.NOTATION);
  }

  @Test
  void no_call_can_begin_where_there_are_no_tools() {
    Position start = new Calls(TAGS, List.of(), true).possible();
    assertThat(start.next(Position.MARK + OPEN)).isNull();
    assertThat(start.next('a')).isNotNull();
  }

  @Test
  void thoughts_come_first_and_are_apart() {
    Position start = new Calls(TAGS, List.of(FETCH), true).possible();
    Position thinking = follow(start, "\n<think>\nHm: " + Position.markOf(OPEN)).orElseThrow();
    assertThat(thinking.part()).isEqualTo(Part.THOUGHT);
    Position words = follow(thinking, "</think>\n\nSo").orElseThrow();
    assertThat(words.part()).isEqualTo(Part.TEXT);
    assertThat(follow(words, "<think>").map(Position::part)).contains(Part.TEXT);
    assertThat(follow(words, Position.markOf(OPEN)).map(Position::part)).contains(Part.NOTATION);
  }

  @Test
  void thoughts_that_were_begun_are_ended_before_what_must_follow() {
    Position start = Position.start(Nodes.compile("{\"type\": \"null\"}")).afterThinking(TEXT_TAGS);
    assertThat(start.isComplete()).isFalse();
    assertThat(follow(start, "Well</th</think>null").map(Position::isEnd)).contains(true);
    assertThat(follow(start, "Well</th").flatMap(Ending::of).map(Ending::all)).contains("ink>null");
  }
}
