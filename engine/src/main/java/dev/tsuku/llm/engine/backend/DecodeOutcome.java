package dev.tsuku.llm.engine.backend;

/** How a decode ended, failures apart. */
public enum DecodeOutcome {
  /** Computed; the logits can be read. */
  DONE,
  /** The context has no room for the batch; nothing has changed. */
  NO_ROOM,
  /** The abort signal was raised; part of the batch may have been computed. */
  ABORTED
}
