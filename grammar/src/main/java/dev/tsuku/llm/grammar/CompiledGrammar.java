package dev.tsuku.llm.grammar;

import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.Calls;
import dev.tsuku.llm.grammar.match.GrammarCheck;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.PatternText;
import dev.tsuku.llm.grammar.match.ShortestCompletion;
import dev.tsuku.llm.grammar.match.ToolCallSyntax;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.RegexException;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A grammar that has been compiled and checked: every alternative that matching may need has been
 * built, and there is a text that obeys it. Nothing that is done with it afterwards throws.
 *
 * <p>Immutable and thread-safe: it may be shared by any number of {@link GrammarMatcher}s.
 */
public final class CompiledGrammar {

  /** Bytes of memory for the masks that the matchers of one answer and its forks remember. */
  private static final long MASK_BYTES = 4 << 20;

  private final Supplier<MatcherState> start;

  /** What a schema became; empty for other grammars. */
  private final Optional<Node> node;

  private CompiledGrammar(Supplier<MatcherState> start, Optional<Node> node) {
    this.start = start;
    this.node = node;
  }

  /**
   * A tool that a model may call.
   *
   * @param name letters, digits and what needs no escape in JSON
   * @param arguments what they have to obey; of {@link #ofSchema}
   */
  public record Tool(String name, CompiledGrammar arguments) {}

  /**
   * Compiles a JSON Schema, without a limit on time.
   *
   * @param text a document, an object or a boolean
   * @throws SchemaException if it is no schema, cannot be honoured, or no value obeys it; it names
   *     the place as a JSON pointer
   */
  public static CompiledGrammar ofSchema(String text) {
    return ofSchema(text, Grounds.ANY, CompileLimit.NONE);
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
    Node root = Nodes.compile(text, grounds, limit);
    GrammarCheck.check(root);
    return new CompiledGrammar(() -> MatcherState.start(root), Optional.of(root));
  }

  /**
   * Compiles a regular expression of ECMA-262, which the whole text has to match. The text itself
   * is generated, not a JSON string; control characters are never a part of it.
   *
   * @throws RegexException if it is no pattern, not supported, too complex, or no text matches it
   */
  public static CompiledGrammar ofPattern(String pattern) {
    Supplier<MatcherState> start = PatternText.of(Dfa.whole(pattern));
    return new CompiledGrammar(start, Optional.empty());
  }

  /**
   * Compiles an answer that is a call of one of some tools, as a model family writes calls.
   *
   * @param tools at least one
   * @param severalCalls whether another call may follow a call, where the syntax has that
   * @throws SchemaException if the arguments of a tool cannot be an object
   * @throws IllegalArgumentException if there is no tool, or arguments are not {@link #ofSchema}
   */
  public static CompiledGrammar ofTools(
      List<Tool> tools, ToolCallSyntax syntax, boolean severalCalls) {
    if (tools.isEmpty()) {
      throw new IllegalArgumentException("there is no tool to call");
    }
    List<Calls.Tool> called = new ArrayList<>();
    for (Tool tool : tools) {
      if (tool.arguments().node.isEmpty()) {
        throw new IllegalArgumentException(
            "the arguments of the tool '" + tool.name() + "' have no JSON Schema");
      }
      MatcherState object = tool.arguments().start().next('{');
      if (object == null || ShortestCompletion.of(object).isEmpty()) {
        throw new SchemaException(
            "", "type", "the tool '" + tool.name() + "' allows no object, but arguments are one");
      }
      called.add(new Calls.Tool(tool.name(), tool.arguments().node()));
    }
    return new CompiledGrammar(
        () -> new Calls(syntax, called, severalCalls).required(), Optional.empty());
  }

  /**
   * What values have to obey.
   *
   * @throws IllegalStateException unless it was made {@link #ofSchema}
   */
  public Node node() {
    return node.orElseThrow(() -> new IllegalStateException("the grammar is of no JSON Schema"));
  }

  /** The state before the first byte, with memory of its own for what it finds out. */
  public MatcherState start() {
    return start.get();
  }

  /** A matcher at the start of an answer, with memory of its own. */
  public GrammarMatcher matcher(TokenVocabulary vocabulary) {
    return new GrammarMatcher(new TokenMasks(vocabulary.masks(), MASK_BYTES), start());
  }
}
