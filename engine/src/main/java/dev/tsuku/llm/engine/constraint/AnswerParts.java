package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.Part;
import dev.tsuku.llm.template.ToolCall;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Sorts an answer as it comes: what is for the reader, what the model only thought, and which tools
 * it calls. What may yet turn out to be the beginning of a call is held back, and so is the white
 * space before it. A call that repeats an earlier one of the answer is dropped.
 */
public final class AnswerParts {

  /** As long as the shortest that any format allows, which some formats insist on. */
  private static final int ID_LENGTH = 9;

  private static final String ID_CHARS =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  /** Calls of one answer. */
  private static final int MOST_CALLS = 32;

  private static final RandomGenerator IDS = new SecureRandom();

  private final List<String> tools;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private final ByteArrayOutputStream arguments = new ByteArrayOutputStream();
  private final List<ToolCall> calls = new ArrayList<>();
  private boolean hadThoughts;
  private boolean hadText;
  private int held;

  /** What was called with what, as values: key order and spelling make no other call. */
  private final Set<Made> made = new HashSet<>();

  private boolean isRepeating;

  private record Made(String tool, Json arguments) {}

  AnswerParts(List<String> tools) {
    this.tools = tools;
  }

  /**
   * A step was made.
   *
   * @param written by which the answer came from one place to the other
   */
  void add(MatcherState from, MatcherState to, byte[] written) {
    if (from.tool() >= 0 || to.tool() >= 0) {
      arguments.writeBytes(written);
      if (to.tool() < 0) {
        addCall(tools.get(from.tool()), arguments.toString(StandardCharsets.UTF_8));
        arguments.reset();
      }
      return;
    }
    switch (to.part()) {
      case VALUE -> {
        // The last of a tag or a notation leads to a value, or to the end, and is none of it.
        if (from.part() == Part.VALUE) {
          text.writeBytes(written);
        }
        held = 0;
      }
      case TEXT -> {
        if (from.part() == Part.TEXT) {
          text.writeBytes(written);
        }
        held = to.held();
      }
      case THOUGHT, NOTATION -> {
        hadThoughts |= to.part() == Part.THOUGHT;
        if (from.part() == Part.TEXT) {
          dropEnd(from.held());
        }
        held = 0;
      }
    }
  }

  private void addCall(String tool, String json) {
    isRepeating |= !made.add(new Made(tool, value(json)));
    if (!isRepeating) {
      calls.add(new ToolCall(id(), tool, json));
    }
  }

  private static Json value(String json) {
    try {
      return JsonReader.read(json);
    } catch (JsonException e) {
      // It obeys its schema, and is more than is read elsewhere; then its spelling counts.
      return new Json.Text(json);
    }
  }

  /** Drops the beginning of a tag, and the white space before it. */
  private void dropEnd(int tag) {
    byte[] all = text.toByteArray();
    int end = Math.max(0, all.length - tag);
    while (end > 0 && isBlank(all[end - 1])) {
      end--;
    }
    text.reset();
    text.write(all, 0, end);
  }

  private static String id() {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_CHARS.charAt(IDS.nextInt(ID_CHARS.length())));
    }
    return id.toString();
  }

  /**
   * More of what is for the reader.
   *
   * @param isLast whether nothing comes any more, and nothing need be held back
   * @return in UTF-8, perhaps cut within a character
   */
  public byte[] takeText(boolean isLast) {
    byte[] all = text.toByteArray();
    int begin = 0;
    if (hadThoughts && !hadText) {
      while (begin < all.length && isBlank(all[begin])) {
        begin++;
      }
    }
    int end = all.length;
    if (!isLast) {
      end = Math.max(begin, end - held);
      while (!tools.isEmpty() && end > begin && isBlank(all[end - 1])) {
        end--;
      }
    }
    text.reset();
    text.write(all, end, all.length - end);
    hadText |= end > begin;
    return Arrays.copyOfRange(all, begin, end);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** Calls that are whole and were not taken yet. */
  public List<ToolCall> takeCalls() {
    List<ToolCall> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  /** Whether any tool was called. */
  public boolean hasCalled() {
    return !made.isEmpty();
  }

  /** Whether no call may come any more: one was repeated, or there are as many as there may be. */
  boolean hasEnoughCalls() {
    return isRepeating || made.size() >= MOST_CALLS;
  }
}
