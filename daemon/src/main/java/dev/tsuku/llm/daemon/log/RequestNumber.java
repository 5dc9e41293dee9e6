package dev.tsuku.llm.daemon.log;

/**
 * The number of a request as a parameter of a log message. Messages that differ in nothing else
 * count as the same line: only the first of many is written, with its number, and then how many
 * followed and the number of the last.
 *
 * @param id such as {@code "r17"}
 */
public record RequestNumber(String id) {

  @Override
  public String toString() {
    return id;
  }
}
