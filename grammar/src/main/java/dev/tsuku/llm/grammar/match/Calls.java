package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.match.FreeText.Tag;
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

  private final ToolCallSyntax notation;
  private final List<Tool> tools;
  private final boolean severalCalls;
  private final Context context;
  private @Nullable MatcherState behind;

  /**
   * Answers with calls.
   *
   * @param tools that may be called; if there are none, no call can begin
   * @param severalCalls whether another call may follow a call; if not, the answer is over then
   */
  public Calls(ToolCallSyntax notation, List<Tool> tools, boolean severalCalls) {
    this(
        notation,
        tools,
        severalCalls,
        new Context(
            notation.isSpaced() ? Spacing.SPACE : Spacing.NONE,
            new Shared(),
            null,
            Context.NO_TOOL));
  }

  private Calls(ToolCallSyntax notation, List<Tool> tools, boolean severalCalls, Context context) {
    this.notation = notation;
    this.tools = List.copyOf(tools);
    this.severalCalls = severalCalls;
    this.context = context;
  }

  /** Before an answer that begins with a call, and has nothing but calls. */
  public MatcherState required() {
    MatcherState start = first(notation.before());
    if (start == null) {
      throw new IllegalStateException("there is no tool to call");
    }
    return start;
  }

  /** Before an answer of words, behind which calls may come. */
  public MatcherState possible() {
    return possible(notation);
  }

  /**
   * The same where calls may be written in another way, too.
   *
   * @param spelled with the same spaces and reasoning
   */
  public MatcherState possible(ToolCallSyntax spelled) {
    return switch (notation.reasoning()) {
      case ReasoningTags(String begin, String end) -> {
        Calls other =
            spelled.equals(notation) ? this : new Calls(spelled, tools, severalCalls, context);
        yield FreeText.opening(
            new FreeText.Plan(
                beginning(),
                other.beginning(),
                notation.isOnlyAtStart(),
                new Tag(begin),
                new Tag(end)),
            context);
      }
      case ChannelTags tags ->
          Messages.opening(
              new Messages.Plan(
                  tags,
                  ofRecipient("", tags),
                  ofRecipient(tags.channel() + ChannelTags.COMMENTARY, tags)),
              context);
    };
  }

  private FreeText.Beginning beginning() {
    String before = notation.before();
    int trigger = notation.triggerLength();
    return new FreeText.Beginning(
        new Tag(before.substring(0, trigger)), first(before.substring(trigger)));
  }

  /** Behind the beginning of a recipient's name, in a header that goes on with a text. */
  private @Nullable MatcherState ofRecipient(String channel, ChannelTags tags) {
    List<Choice.Branch> branches = new ArrayList<>();
    for (int tool = 0; tool < tools.size(); tool++) {
      MatcherState arguments = arguments(tool);
      for (String type : List.of(" " + tags.constrain() + "json", " json", "")) {
        String text = tools.get(tool).name() + channel + type + tags.message();
        branches.add(new Choice.Branch(text, arguments));
      }
    }
    return Choice.of(branches, context);
  }

  private @Nullable MatcherState first(String before) {
    List<Choice.Branch> branches = new ArrayList<>();
    for (int tool = 0; tool < tools.size(); tool++) {
      String text = before + tools.get(tool).name() + notation.between();
      branches.add(new Choice.Branch(text, arguments(tool)));
    }
    return Choice.of(branches, context);
  }

  private MatcherState arguments(int tool) {
    NodeSet wanted = new NodeSet();
    wanted.add(tools.get(tool).arguments(), true);
    MatcherState value = new ValueStart(new CallFrame(this, tool), context, wanted);
    return new ArgumentsStart(value, tool, context);
  }

  /** Behind the arguments of a call. */
  MatcherState behind(Context after) {
    MatcherState known = behind;
    if (known == null) {
      List<Choice.Branch> branches = new ArrayList<>();
      branches.add(new Choice.Branch(notation.after(), new End(context)));
      if (severalCalls && !notation.next().isEmpty()) {
        for (int tool = 0; tool < tools.size(); tool++) {
          String text = notation.next() + tools.get(tool).name() + notation.between();
          branches.add(new Choice.Branch(text, arguments(tool)));
        }
      }
      known = Choice.of(branches, after);
      behind = known;
    }
    return known == null ? new End(context) : known;
  }
}
