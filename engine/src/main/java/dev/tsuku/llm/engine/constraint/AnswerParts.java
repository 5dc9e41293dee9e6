package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.match.Part;
import dev.tsuku.llm.grammar.match.Position;
import dev.tsuku.llm.template.ToolCall;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Sorts an answer as it comes: what is for the reader, what the model only thought, and which tools
 * it calls. What may yet turn out to be the beginning of a call is held back, and so is the white
 * space before it.
 */
public final class AnswerParts {

  /** As long as the shortest that any format allows, which some formats insist on. */
  private static final int ID_LENGTH = 9;

  private static final String ID_CHARS =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private static final RandomGenerator IDS = new SecureRandom();

  private final List<String> tools;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private final ByteArrayOutputStream arguments = new ByteArrayOutputStream();
  private final List<ToolCall> calls = new ArrayList<>();
  private boolean hadThoughts;
  private boolean hadText;
  private int held;
  private int called;

  AnswerParts(List<String> tools) {
    this.tools = tools;
  }

  /**
   * A step was made.
   *
   * @param written by which the answer came from one place to the other
   */
  void add(Position from, Position to, byte[] written) {
    if (from.tool() >= 0 || to.tool() >= 0) {
      arguments.writeBytes(written);
      if (to.tool() < 0) {
        String json = arguments.toString(StandardCharsets.UTF_8);
        calls.add(new ToolCall(id(), tools.get(from.tool()), json));
        called++;
        arguments.reset();
      }
      return;
    }
    switch (to.part()) {
      case VALUE -> {
        text.writeBytes(from.part() == Part.THOUGHT ? new byte[0] : written);
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
        // The beginning of a tag, and the white space before it.
        text.reset();
      }
    }
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
    return called > 0;
  }
}
