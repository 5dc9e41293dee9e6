package dev.tsuku.llm.grammar.match;

/**
 * What stands around the messages of an answer in channels, as gpt-oss writes them. Each is one
 * symbol. An answer begins in the header of its first message.
 *
 * @param start with which the header of a message begins
 * @param channel before the name of the channel
 * @param message behind the header
 * @param end of a message, behind which another one comes
 * @param constrain before the name of the language of a message
 */
public record ChannelTags(
    String start, String channel, String message, String end, String constrain)
    implements Reasoning {

  /** The channel for the reader, from which all others are kept apart. */
  static final String FINAL = "final";

  /** The channel of calls. */
  static final String COMMENTARY = "commentary";

  /** What stands before the name of a tool in a header. */
  static final String RECIPIENT = " to=functions.";
}
