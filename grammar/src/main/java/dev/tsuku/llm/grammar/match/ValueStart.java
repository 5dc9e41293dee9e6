package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.JsonType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Before a value. */
final class ValueStart extends MatcherState {

  /** With what values begin. */
  private static final String FIRST_BYTES = "{[\"tfn-0123456789";

  private final @Nullable Frame frame;
  private final NodeSet wanted;

  ValueStart(@Nullable Frame frame, Context context, NodeSet wanted) {
    super(context);
    this.frame = frame;
    this.wanted = wanted;
  }

  @Override
  public boolean mayBegin(int b) {
    return FIRST_BYTES.indexOf(b) >= 0;
  }

  @Override
  public String pointer() {
    return wanted.pointer();
  }

  @Override
  public int breadth() {
    return wanted.nodes().size();
  }

  @Override
  Iterable<String> ways() {
    return frame instanceof ArrayFrame array && !array.items().isEmpty()
        ? wanted.shortest(array)
        : wanted.shortest();
  }

  @Override
  List<Object> key() {
    return List.of(keyOf(frame), wanted);
  }

  @Override
  MatcherState in(Context other) {
    // An item begins where the space before it ends, as far as it is recorded.
    return new ValueStart(frame, other, wanted);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    JsonType type =
        switch (b) {
          case '{' -> JsonType.OBJECT;
          case '[' -> JsonType.ARRAY;
          case '"' -> JsonType.STRING;
          case 't', 'f' -> JsonType.BOOLEAN;
          case 'n' -> JsonType.NULL;
          case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> JsonType.NUMBER;
          default -> null;
        };
    if (type == null) {
      return null;
    }
    ActiveAlternatives level = context.shared().level(wanted, type);
    if (!level.isUseful(level.all())) {
      return null;
    }
    return switch (type) {
      case OBJECT -> ObjectFrame.open(frame, level, after);
      case ARRAY -> ArrayFrame.open(frame, level, after);
      case STRING -> Text.open(frame, level, after);
      case NUMBER -> Numeral.of(frame, level, Character.toString(b), level.all(), after);
      case BOOLEAN -> Word.of(frame, level, b == 't' ? "true" : "false", after);
      case NULL -> Word.of(frame, level, "null", after);
    };
  }
}
