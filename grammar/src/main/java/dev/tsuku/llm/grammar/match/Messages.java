package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.FreeText.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In an answer of messages in channels, which may say anything. What is for the reader is in the
 * final channel; what the model reasons, or says to itself on the way, in others. A message to a
 * tool is a call, which begins where its header names the recipient.
 */
final class Messages extends MatcherState {

  /** Before a channel is named. */
  private static final int NO_CHANNEL = -1;

  /** In the name of another channel than the final one, or behind it. */
  private static final int OTHER_CHANNEL = -2;

  /** Behind the name of the final channel. */
  private static final int FINAL_CHANNEL = -3;

  /** What may come. Two that are made apart are never the same. */
  static final class Plan {

    private final int start;
    private final int channel;
    private final int message;
    private final int end;
    private final Tag recipient = new Tag(ChannelTags.RECIPIENT);
    private final @Nullable MatcherState behindChannel;
    private final @Nullable MatcherState beforeChannel;

    /**
     * A plan.
     *
     * @param behindChannel what follows the recipient's beginning where the channel was named
     *     before; null if there must not be any calls
     * @param beforeChannel the same where it was not
     */
    Plan(
        ChannelTags tags,
        @Nullable MatcherState behindChannel,
        @Nullable MatcherState beforeChannel) {
      this.start = tags.start().codePointAt(0);
      this.channel = tags.channel().codePointAt(0);
      this.message = tags.message().codePointAt(0);
      this.end = tags.end().codePointAt(0);
      this.behindChannel = behindChannel;
      this.beforeChannel = beforeChannel;
    }
  }

  private enum Phase {
    HEADER,
    /** In a message for the reader. */
    TALKING,
    /** In a message for nobody. */
    THINKING
  }

  private final Plan plan;
  private final Phase phase;

  /** In a header, how much of the final channel's name has come, or one of the constants. */
  private final int channel;

  /** In a header, how much of the beginning of a recipient has come. */
  private final int recipient;

  private Messages(Plan plan, Phase phase, int channel, int recipient, Context context) {
    super(context);
    this.plan = plan;
    this.phase = phase;
    this.channel = channel;
    this.recipient = recipient;
  }

  /** Before the first message, in its header. */
  static Messages opening(Plan plan, Context context) {
    return new Messages(plan, Phase.HEADER, NO_CHANNEL, 0, context);
  }

  private Messages at(Phase next, int inChannel, int inRecipient) {
    return new Messages(plan, next, inChannel, inRecipient, context);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return follow(b);
  }

  @Override
  @Nullable MatcherState mark(int mark) {
    return follow(mark);
  }

  private @Nullable MatcherState follow(int symbol) {
    if (symbol == plan.start || symbol == plan.end) {
      return at(Phase.HEADER, NO_CHANNEL, 0);
    }
    if (symbol == plan.channel) {
      return at(Phase.HEADER, 0, 0);
    }
    if (phase != Phase.HEADER) {
      return this;
    }
    if (symbol == plan.message) {
      boolean isFinal = channelBehind(' ') == FINAL_CHANNEL;
      return at(isFinal || channel == NO_CHANNEL ? Phase.TALKING : Phase.THINKING, NO_CHANNEL, 0);
    }
    int matched = plan.recipient.matched(recipient, symbol);
    if (matched == plan.recipient.length()) {
      return channel == NO_CHANNEL ? plan.beforeChannel : plan.behindChannel;
    }
    return at(Phase.HEADER, channelBehind(symbol), matched);
  }

  private int channelBehind(int symbol) {
    if (channel < 0) {
      return channel;
    }
    String name = ChannelTags.FINAL;
    if (symbol == ' ' || symbol >= MARK) {
      return channel == name.length() ? FINAL_CHANNEL : OTHER_CHANNEL;
    }
    return channel < name.length() && name.charAt(channel) == symbol ? channel + 1 : OTHER_CHANNEL;
  }

  @Override
  int findOnly() {
    return -1;
  }

  @Override
  Iterable<String> ways() {
    return List.of();
  }

  @Override
  public boolean isComplete() {
    return true;
  }

  @Override
  public Part part() {
    return switch (phase) {
      case HEADER -> Part.NOTATION;
      case TALKING -> Part.TEXT;
      case THINKING -> Part.THOUGHT;
    };
  }

  @Override
  List<Object> key() {
    return List.of(plan, phase, channel, recipient);
  }
}
