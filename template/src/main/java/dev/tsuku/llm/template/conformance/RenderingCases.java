package dev.tsuku.llm.template.conformance;

import dev.tsuku.llm.template.jinja.library.Globals;
import dev.tsuku.llm.template.jinja.operation.JsonReader;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads renderings that were made elsewhere. Their JSON has three parts: {@code context} (what
 * every template is given, and {@code now}), {@code scenarios} (name to messages, tools, and
 * whether the model's turn begins), and {@code expected} (template to scenario to text; a scenario
 * that is not there is refused).
 */
public final class RenderingCases {

  /**
   * The order in which hubs write the keys of tools and messages. In the JSON they are sorted, but
   * the renderings were made of this order, and some templates print it.
   */
  private static final List<String> ORDER =
      List.of(
          "role",
          "id",
          "type",
          "function",
          "name",
          "content",
          "description",
          "parameters",
          "arguments",
          "properties",
          "items",
          "enum",
          "required",
          "tool_calls",
          "tool_call_id");

  private RenderingCases() {}

  /**
   * Reads the cases.
   *
   * @throws IllegalArgumentException if the JSON has another form
   */
  public static List<RenderingCase> read(String json) {
    Value all = JsonReader.read(json).orElseThrow(() -> new IllegalArgumentException("no JSON"));
    Mapping context = mapping(part(all, "context"));
    Mapping scenarios = mapping(part(all, "scenarios"));
    List<RenderingCase> cases = new ArrayList<>();
    for (Mapping.Entry template : mapping(part(all, "expected")).entries()) {
      for (Mapping.Entry scenario : scenarios.entries()) {
        cases.add(
            new RenderingCase(
                text(template.key()),
                text(scenario.key()),
                variables(context, mapping(scenario.value())),
                Optional.ofNullable(mapping(template.value()).find(scenario.key()))
                    .map(RenderingCases::text)));
      }
    }
    return cases;
  }

  private static Map<String, Value> variables(Mapping context, Mapping scenario) {
    LocalDateTime now = LocalDateTime.parse(text(part(context, "now")));
    Map<String, Value> variables =
        new HashMap<>(Globals.all(Clock.fixed(now.toInstant(ZoneOffset.UTC), ZoneOffset.UTC)));
    variables.put("add_generation_prompt", Value.TRUE);
    context.entries().forEach(entry -> variables.put(text(entry.key()), entry.value()));
    scenario.entries().forEach(entry -> variables.put(text(entry.key()), ordered(entry.value())));
    variables.remove("now");
    return Map.copyOf(variables);
  }

  private static Value ordered(Value value) {
    if (value instanceof Sequence list) {
      return Sequence.list(list.items().stream().map(RenderingCases::ordered).toList());
    }
    if (!(value instanceof Mapping mapping)) {
      return value;
    }
    List<String> required =
        mapping.find("required") instanceof Sequence names
            ? names.items().stream().map(RenderingCases::text).toList()
            : List.of();
    Mapping.Builder ordered = new Mapping.Builder();
    for (Mapping.Entry entry : sorted(mapping, ORDER)) {
      boolean properties = text(entry.key()).equals("properties");
      Value inner = properties ? inOrder(entry.value(), required) : entry.value();
      ordered.put(entry.key(), ordered(inner));
    }
    return ordered.build();
  }

  /** The properties of a schema, in the order in which it requires them. */
  private static Value inOrder(Value properties, List<String> order) {
    Mapping.Builder ordered = new Mapping.Builder();
    sorted(mapping(properties), order).forEach(e -> ordered.put(e.key(), e.value()));
    return ordered.build();
  }

  private static List<Mapping.Entry> sorted(Mapping mapping, List<String> order) {
    return mapping.entries().stream()
        .sorted(
            Comparator.comparingInt(
                entry -> {
                  int place = order.indexOf(text(entry.key()));
                  return place < 0 ? order.size() : place;
                }))
        .toList();
  }

  private static Value part(Value owner, String key) {
    @Nullable Value part = mapping(owner).find(key);
    if (part == null) {
      throw new IllegalArgumentException("there is no '" + key + "'");
    }
    return part;
  }

  private static Mapping mapping(Value value) {
    if (value instanceof Mapping mapping) {
      return mapping;
    }
    throw new IllegalArgumentException(value.type() + " stands where an object is expected");
  }

  private static String text(Value value) {
    if (value instanceof Text text) {
      return text.string();
    }
    throw new IllegalArgumentException(value.type() + " stands where a string is expected");
  }
}
