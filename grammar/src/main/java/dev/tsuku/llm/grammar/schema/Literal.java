package dev.tsuku.llm.grammar.schema;

/**
 * That a value matches a schema, or that it does not.
 *
 * @param holds whether it does
 */
record Literal(Schema schema, boolean holds) {

  static Literal yes(Schema schema) {
    return new Literal(schema, true);
  }

  static Literal no(Schema schema) {
    return new Literal(schema, false);
  }

  /** The opposite. */
  Literal not() {
    return new Literal(schema, !holds);
  }
}
