package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.schema.Node;

/** A schema that was read. The same text gives the same one, for as long as it is remembered. */
final class CompiledSchema {

  private final Node node;

  CompiledSchema(Node node) {
    this.node = node;
  }

  /** What values have to obey. */
  Node node() {
    return node;
  }
}
