package dev.tsuku.llm.grammar.match;

/** Of what an answer is made. */
public enum Part {
  /** A JSON value. */
  VALUE,
  /** Words for the reader. */
  TEXT,
  /** What the model thinks before it answers. */
  THOUGHT,
  /** What stands around the name and the arguments of a call, and the name. */
  NOTATION
}
