package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.match.Prose.Tag;
import dev.tsuku.llm.grammar.schema.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers in which tools are called, as a model was taught to call them. */
public final class Calls {

  /**
   * A tool that may be called.
   *
   * @param name letters, digits and what needs no escape
   * @param arguments what they have to obey
   */
  public record Tool(String name, Node arguments) {}

  private final CallNotation notation;
  private final List<Tool> tools;
  private final Context context;
  private @Nullable Position behind;

  /**
   * Answers with calls.
   *
   * @param tools that may be called; if there are none, no call can begin
   */
  public Calls(CallNotation notation, List<Tool> tools) {
    this.notation = notation;
    this.tools = List.copyOf(tools);
    this.context =
        new Context(
            notation.isSpaced() ? Spacing.SPACE : Spacing.NONE,
            new Shared(),
            null,
            Context.NO_TOOL);
  }

  /** Before an answer that begins with a call, and has nothing but calls. */
  public Position required() {
    Position start = first(notation.before());
    if (start == null) {
      throw new IllegalStateException("there is no tool to call");
    }
    return start;
  }

  /** Before an answer of words, behind which calls may come. */
  public Position possible() {
    int trigger = notation.triggerLength();
    return Prose.opening(
        new Prose.Plan(
            new Tag(notation.before().substring(0, trigger)),
            first(notation.before().substring(trigger)),
            notation.isOnlyAtStart(),
            new Tag(notation.thoughts().begin()),
            new Tag(notation.thoughts().end())),
        context);
  }

  private @Nullable Position first(String before) {
    List<Choice.Branch> branches = new ArrayList<>();
    for (int tool = 0; tool < tools.size(); tool++) {
      String text = before + tools.get(tool).name() + notation.between();
      branches.add(new Choice.Branch(text, arguments(tool)));
    }
    return Choice.of(branches, context);
  }

  private Position arguments(int tool) {
    Wanted wanted = new Wanted();
    wanted.add(tools.get(tool).arguments(), true);
    Position value = new Position.ValueStart(new CallFrame(this, tool), context, wanted);
    return new ArgumentsStart(value, tool, context);
  }

  /** Behind the arguments of a call. */
  Position behind(Context after) {
    Position known = behind;
    if (known == null) {
      List<Choice.Branch> branches = new ArrayList<>();
      branches.add(new Choice.Branch(notation.after(), new Position.End(context)));
      if (!notation.next().isEmpty()) {
        for (int tool = 0; tool < tools.size(); tool++) {
          String text = notation.next() + tools.get(tool).name() + notation.between();
          branches.add(new Choice.Branch(text, arguments(tool)));
        }
      }
      known = Choice.of(branches, after);
      behind = known;
    }
    return known == null ? new Position.End(context) : known;
  }
}
