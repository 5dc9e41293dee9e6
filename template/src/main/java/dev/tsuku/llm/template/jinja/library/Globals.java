package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Functions that every template has. */
public final class Globals {

  private static final int MAX_RANGE = 100_000;
  private static final int MAX_TIME_FORMAT = 1000;

  private Globals() {}

  /** The functions by name, with a clock for those that tell the time. */
  public static Map<String, Value> all(Clock clock) {
    Map<String, Value> all = new HashMap<>();
    put(all, "range", Globals::range);
    put(all, "dict", Globals::dict);
    put(all, "namespace", Globals::namespace);
    put(all, "joiner", Cycles::joiner);
    put(all, "cycler", Cycles::cycler);
    put(all, "raise_exception", Globals::raise);
    put(all, "strftime_now", (arguments, budget) -> now(arguments, clock, budget));
    return Map.copyOf(all);
  }

  private static void put(Map<String, Value> all, String name, Function.Body body) {
    all.put(name, new Function(body));
  }

  private static Value range(Arguments arguments, Budget budget) {
    BoundArguments bound = BoundArguments.bind(List.of("start", "stop", "step"), arguments);
    boolean one = arguments.positional().size() == 1;
    int from = one ? 0 : Numbers.clamped(bound.at(0));
    int to = Numbers.clamped(bound.at(one ? 0 : 1));
    int step = bound.number(2, 1);
    if (step == 0) {
      throw TemplateException.failed("the step of a range is 0");
    }
    long span = step > 0 ? (long) to - from : (long) from - to;
    long stride = Math.abs((long) step);
    long count = span <= 0 ? 0 : (span + stride - 1) / stride;
    if (count > MAX_RANGE) {
      throw TemplateException.limit("it made a range of more than " + MAX_RANGE + " numbers");
    }
    budget.elements(count);
    List<Value> numbers = new ArrayList<>((int) count);
    for (long i = 0; i < count; i++) {
      numbers.add(Value.of(from + i * step));
    }
    return Sequence.list(numbers);
  }

  private static Value dict(Arguments arguments, Budget budget) {
    Mapping.Builder entries = new Mapping.Builder();
    for (Value source : arguments.positional()) {
      if (source instanceof Mapping mapping) {
        budget.elements(mapping.size());
        entries.putAll(mapping);
      } else {
        for (Value pair : Iteration.items(source, budget)) {
          List<Value> both = Iteration.items(pair, budget);
          if (both.size() != 2) {
            throw TemplateException.failed("a dictionary is made of something else than pairs");
          }
          budget.elements(1);
          entries.put(both.getFirst(), both.getLast());
        }
      }
    }
    arguments.named().forEach(entries::put);
    return entries.build();
  }

  private static Value namespace(Arguments arguments, Budget budget) {
    Namespace namespace = new Namespace();
    if (dict(arguments, budget) instanceof Mapping values) {
      values
          .entries()
          .forEach(e -> namespace.set(Printing.text(e.key(), budget).string(), e.value()));
    }
    return namespace;
  }

  /** What came from the conversation stays out of the message, which ends up in logs. */
  private static Value raise(Arguments arguments, Budget budget) {
    Value words = arguments.positional().isEmpty() ? Text.EMPTY : arguments.positional().getFirst();
    Text text = Printing.text(words, budget);
    StringBuilder message = new StringBuilder();
    text.runs(
        0,
        text.length(),
        (from, to, content) -> message.append(content ? "…" : text.string().substring(from, to)));
    throw TemplateException.raised(message.toString());
  }

  private static Value now(Arguments arguments, Clock clock, Budget budget) {
    Text format = BoundArguments.bind(List.of("format"), arguments).text(0);
    if (format.length() > MAX_TIME_FORMAT) {
      throw TemplateException.limit(
          "it formats the time with more than " + MAX_TIME_FORMAT + " characters");
    }
    return format.map(chars -> TimeFormat.format(chars, ZonedDateTime.now(clock)), budget);
  }
}
