package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;

/** What can be gone through, item by item, and what can be counted or searched. */
public final class Iteration {

  private Iteration() {}

  /** Whether a value can be gone through. */
  public static boolean isIterable(Value value) {
    return switch (value) {
      case Sequence sequence -> true;
      case Mapping mapping -> true;
      case Text text -> true;
      case Undefined undefined -> true;
      case Value.None none -> false;
      case Value.Bool bool -> false;
      case Value.Int number -> false;
      case Value.Real number -> false;
      case Namespace namespace -> false;
      case Special special -> false;
    };
  }

  /** Its items: of a dictionary the keys, of a string the characters, of nothing none. */
  public static List<Value> items(Value value, Budget budget) {
    return switch (value) {
      case Sequence sequence -> sequence.items();
      case Mapping mapping -> {
        budget.elements(mapping.size());
        yield mapping.keys();
      }
      case Text text -> characters(text, budget);
      case Undefined undefined -> List.of();
      default -> throw TemplateException.failed(value.type() + " cannot be gone through");
    };
  }

  /** How many items it has. */
  public static int length(Value value, Budget budget) {
    return switch (value) {
      case Sequence sequence -> sequence.items().size();
      case Mapping mapping -> mapping.size();
      case Text text -> CodePoints.count(text, budget);
      case Undefined undefined -> 0;
      default -> throw TemplateException.failed(value.type() + " has no length");
    };
  }

  /** Whether one is in the other: an item, a key, or a part of a string. */
  public static boolean contains(Value container, Value wanted, Budget budget) {
    return switch (container) {
      case Text text -> {
        if (!(wanted instanceof Text part)) {
          throw TemplateException.failed(wanted.type() + " cannot be in a string");
        }
        yield Search.first(text.string(), part.string(), 0, budget) >= 0;
      }
      case Mapping mapping -> mapping.find(wanted) != null;
      case Sequence sequence -> Equality.contains(sequence.items(), wanted, budget);
      case Undefined undefined -> false;
      default -> throw TemplateException.failed("nothing can be in " + container.type());
    };
  }

  private static List<Value> characters(Text text, Budget budget) {
    budget.elements(text.length());
    List<Value> characters = new ArrayList<>(text.length());
    String all = text.string();
    text.runs(
        0,
        all.length(),
        (from, to, content) -> {
          for (int i = from; i < to; ) {
            int next = Math.min(to, i + Character.charCount(all.codePointAt(i)));
            characters.add(Text.of(all.substring(i, next), content));
            i = next;
          }
        });
    return List.copyOf(characters);
  }
}
