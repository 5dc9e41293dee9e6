package dev.tsuku.llm.daemon.schedule;

/** What a request waits for before it has its model. */
public sealed interface Waiting {

  /**
   * Others have to be answered first, or at least to get their model.
   *
   * @param before how many
   */
  record InLine(int before) implements Waiting {}

  /** Its model is on the way into memory: so many bytes of so many. */
  record Loading(long bytes, long totalBytes) implements Waiting {}
}
