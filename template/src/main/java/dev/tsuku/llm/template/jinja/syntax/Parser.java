package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Statement.Block;
import dev.tsuku.llm.template.jinja.syntax.Statement.Branch;
import dev.tsuku.llm.template.jinja.syntax.Statement.Break;
import dev.tsuku.llm.template.jinja.syntax.Statement.Continue;
import dev.tsuku.llm.template.jinja.syntax.Statement.Filtered;
import dev.tsuku.llm.template.jinja.syntax.Statement.For;
import dev.tsuku.llm.template.jinja.syntax.Statement.If;
import dev.tsuku.llm.template.jinja.syntax.Statement.Loop;
import dev.tsuku.llm.template.jinja.syntax.Statement.Print;
import dev.tsuku.llm.template.jinja.syntax.Statement.Target;
import dev.tsuku.llm.template.jinja.syntax.Statement.Write;
import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A template's statements. Tags that change what names stand for are in {@link AssignmentParser},
 * tags that define or call macros in {@link MacroParser}. Belongs to one thread.
 */
public final class Parser {

  /** A source longer than this is no chat template. */
  private static final int MAX_SOURCE = 1 << 20;

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final AssignmentParser assignments;
  private final MacroParser macros;
  private int loops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
    this.assignments = new AssignmentParser(tokens, expressions, this);
    this.macros = new MacroParser(tokens, expressions, this);
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException if it is none
   */
  public static List<Statement> parse(String source) {
    if (source.length() > MAX_SOURCE) {
      throw TemplateException.syntax(
          1, "it has " + source.length() + " characters, more than " + MAX_SOURCE);
    }
    Parser parser = new Parser(new TokenStream(Lexer.tokens(source)));
    List<Statement> body = parser.statements(Set.of());
    if (parser.tokens.current().kind() != Kind.END) {
      throw parser.tokens.unexpected("text or a tag");
    }
    return body;
  }

  /**
   * A body, up to a tag of one of these names; its name is the current token then, or at the end of
   * the template its end.
   */
  List<Statement> statements(Set<String> ends) {
    tokens.enter();
    List<Statement> body = new ArrayList<>();
    while (tokens.current().kind() != Kind.END) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> body.add(new Write(Text.format(token.text())));
        case PRINT_BEGIN -> body.add(print(token.line()));
        case BLOCK_BEGIN -> {
          if (tokens.current().kind() == Kind.NAME && ends.contains(tokens.current().text())) {
            tokens.leave();
            return List.copyOf(body);
          }
          body.add(tag());
        }
        case BLOCK_END, PRINT_END, NAME, STRING, NUMBER, OPERATOR, END ->
            throw TemplateException.syntax(token.line(), token.words() + " stands outside a tag");
      }
    }
    if (!ends.isEmpty()) {
      throw tokens.unexpected("'" + String.join("' or '", ends.stream().sorted().toList()) + "'");
    }
    tokens.leave();
    return List.copyOf(body);
  }

  /** A body and the tag of this name that ends it. */
  List<Statement> body(String end) {
    tokens.expect(Kind.BLOCK_END);
    List<Statement> body = statements(Set.of(end));
    tokens.next();
    tokens.expect(Kind.BLOCK_END);
    return body;
  }

  /** A body in which no loop is open. */
  List<Statement> bodyOutsideLoops(String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = body(end);
    loops = outer;
    return body;
  }

  private Statement print(int line) {
    Expression value = expressions.tuple(expressions::expression);
    tokens.expect(Kind.PRINT_END);
    return new Print(value, line);
  }

  private Statement tag() {
    Token token = tokens.current();
    String name = tokens.expectName();
    return switch (name) {
      case "if" -> condition(token.line());
      case "for" -> loop(token.line());
      case "set" -> assignments.set(token.line());
      case "with" -> assignments.with(token.line());
      case "macro" -> macros.macro(token.line());
      case "call" -> macros.call(token.line());
      case "filter" -> filtered(token.line());
      case "generation" -> new Block(body("endgeneration"));
      case "autoescape" -> {
        expressions.expression();
        yield new Block(body("endautoescape"));
      }
      case "break" -> {
        requireLoop(token);
        yield new Break();
      }
      case "continue" -> {
        requireLoop(token);
        yield new Continue();
      }
      default ->
          throw TemplateException.syntax(token.line(), "the tag '" + name + "' is not known here");
    };
  }

  private void requireLoop(Token token) {
    if (loops == 0) {
      throw TemplateException.syntax(token.line(), "'" + token.text() + "' stands outside a loop");
    }
    tokens.expect(Kind.BLOCK_END);
  }

  private Statement condition(int line) {
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    int at = line;
    while (true) {
      Expression condition = expressions.tuple(expressions::withoutCondition);
      tokens.expect(Kind.BLOCK_END);
      branches.add(new Branch(condition, statements(Set.of("elif", "else", "endif")), at));
      Token end = tokens.next();
      if (end.isName("elif")) {
        at = end.line();
        continue;
      }
      if (end.isName("else")) {
        otherwise = body("endif");
      } else {
        tokens.expect(Kind.BLOCK_END);
      }
      return new If(List.copyOf(branches), otherwise);
    }
  }

  private Statement loop(int line) {
    Target target = assignments.target();
    tokens.expectName("in");
    Expression iterable = expressions.tuple(expressions::withoutCondition);
    Optional<Expression> condition =
        tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean recursive = tokens.skipName("recursive");
    tokens.expect(Kind.BLOCK_END);
    loops++;
    List<Statement> body = statements(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.next().isName("else")) {
      otherwise = body("endfor");
    } else {
      tokens.expect(Kind.BLOCK_END);
    }
    return new For(new Loop(target, iterable, condition, recursive), body, otherwise, line);
  }

  private Statement filtered(int line) {
    List<Expression.Filter> filters = assignments.filters();
    return new Filtered(filters, body("endfilter"), line);
  }
}
