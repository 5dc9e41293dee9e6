package dev.tsuku.llm.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A conversation in the form that a template takes: what it cannot write becomes words in messages
 * that it can.
 */
final class Adaptation {

  private Adaptation() {}

  /** The conversation for a template with these traits. */
  static Conversation adapt(Conversation conversation, TemplateTraits traits) {
    Conversation result = conversation;
    if (!traits.tools()) {
      result = toolsInSystem(result);
    }
    if (!traits.calls()) {
      result = with(result, callsAsWords(result.turns(), traits.results()));
    } else if (!traits.severalCalls()) {
      result = with(result, oneCallEach(result.turns()));
    }
    if (!traits.system()) {
      result = systemInFirstTurn(result);
    }
    if (!traits.neighbours()) {
      result = with(result, merged(result.turns()));
    }
    return result;
  }

  private static Conversation with(Conversation conversation, List<Turn> turns) {
    return new Conversation(conversation.system(), turns, conversation.tools());
  }

  private static Conversation toolsInSystem(Conversation conversation) {
    if (conversation.tools().isEmpty()) {
      return conversation;
    }
    return new Conversation(
        paragraphs(conversation.system(), ToolText.description(conversation.tools())),
        conversation.turns());
  }

  /** Results, too, unless they can stay; those that follow each other are one user turn. */
  private static List<Turn> callsAsWords(List<Turn> turns, boolean resultsStay) {
    List<Turn> result = new ArrayList<>();
    boolean afterResult = false;
    for (Turn turn : turns) {
      switch (turn) {
        case Turn.User user -> result.add(user);
        case Turn.Assistant(String content, List<ToolCall> calls) -> {
          List<String> parts = new ArrayList<>();
          if (!content.isEmpty()) {
            parts.add(content);
          }
          calls.forEach(call -> parts.add(ToolText.call(call)));
          result.add(new Turn.Assistant(String.join("\n", parts), List.of()));
        }
        case Turn.ToolResult answer when resultsStay -> result.add(answer);
        case Turn.ToolResult answer -> {
          String words = ToolText.result(answer);
          if (afterResult && result.removeLast() instanceof Turn.User(String earlier)) {
            words = earlier + "\n" + words;
          }
          result.add(new Turn.User(words));
        }
      }
      afterResult = turn instanceof Turn.ToolResult;
    }
    return result;
  }

  /**
   * A turn with several calls becomes several turns, each with the result of its call behind it.
   */
  private static List<Turn> oneCallEach(List<Turn> turns) {
    List<Turn> result = new ArrayList<>();
    List<Turn> rest = new ArrayList<>(turns);
    while (!rest.isEmpty()) {
      Turn turn = rest.removeFirst();
      if (!(turn instanceof Turn.Assistant(String content, List<ToolCall> calls))
          || calls.size() < 2) {
        result.add(turn);
        continue;
      }
      String words = content;
      for (ToolCall call : calls) {
        result.add(new Turn.Assistant(words, List.of(call)));
        words = "";
        for (int i = 0; i < rest.size() && rest.get(i) instanceof Turn.ToolResult answer; i++) {
          if (answer.toolCallId().equals(call.id())) {
            result.add(rest.remove(i));
            break;
          }
        }
      }
    }
    return result;
  }

  private static Conversation systemInFirstTurn(Conversation conversation) {
    if (conversation.system().isEmpty()) {
      return conversation;
    }
    List<Turn> turns = new ArrayList<>(conversation.turns());
    String first = "";
    if (!turns.isEmpty() && turns.getFirst() instanceof Turn.User(String content)) {
      first = content;
      turns.removeFirst();
    }
    turns.addFirst(new Turn.User(paragraphs(conversation.system(), first)));
    return new Conversation("", turns, conversation.tools());
  }

  private static List<Turn> merged(List<Turn> turns) {
    List<Turn> result = new ArrayList<>();
    for (Turn turn : turns) {
      Turn last = result.isEmpty() ? null : result.getLast();
      if (last instanceof Turn.User(String first) && turn instanceof Turn.User(String second)) {
        result.removeLast();
        result.add(new Turn.User(paragraphs(first, second)));
      } else if (last instanceof Turn.Assistant(String first, List<ToolCall> before)
          && before.isEmpty()
          && turn instanceof Turn.Assistant(String second, List<ToolCall> calls)) {
        result.removeLast();
        result.add(new Turn.Assistant(paragraphs(first, second), calls));
      } else {
        result.add(turn);
      }
    }
    return result;
  }

  private static String paragraphs(String first, String second) {
    return first.isEmpty() || second.isEmpty() ? first + second : first + "\n\n" + second;
  }
}
