package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;

/**
 * A JSON Schema that has been compiled and checked: every alternative that matching may need has
 * been built, and there is a value that obeys it. Nothing that is done with it afterwards throws.
 */
public final class CompiledGrammar {

  /** Longer than any schema of practical use needs. */
  private static final long COMPLETION_NANOS = 2_000_000_000L;

  private final Node node;

  private CompiledGrammar(Node node) {
    this.node = node;
  }

  /**
   * Compiles a JSON Schema.
   *
   * @param text a document, an object or a boolean
   * @param grounds the strings that grounded strings may be
   * @throws SchemaException if it is no schema, cannot be honoured, needs more than the limit, or
   *     no value obeys it
   */
  public static CompiledGrammar ofSchema(String text, Grounds grounds, CompileLimit limit) {
    CompiledGrammar grammar = new CompiledGrammar(Nodes.compile(text, grounds, limit));
    GrammarCheck.check(grammar.node);
    if (ShortestCompletion.of(grammar.start(), WorkBudget.ofCpuNanos(COMPLETION_NANOS)).isEmpty()) {
      String demands = Demands.of(grammar.node);
      throw new SchemaException(
          "",
          "",
          "no value was found that obeys it"
              + (demands.isEmpty() ? "" : "; the most is asked for by " + demands));
    }
    return grammar;
  }

  /** What values have to obey. */
  public Node node() {
    return node;
  }

  /** The state before the first byte of a value, with memory of its own for what it finds out. */
  public MatcherState start() {
    return MatcherState.start(node);
  }
}
