package dev.tsuku.llm.template.jinja.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dictionary, in the order in which its keys came. Immutable. */
public final class Mapping implements Value {

  /** A key and what it stands for. */
  public record Entry(Value key, Value value) {}

  private final Map<Object, Entry> entries;

  private Mapping(Map<Object, Entry> entries) {
    this.entries = entries;
  }

  /** Collects entries; a key that comes again keeps its place and gets the new value. */
  public static final class Builder {

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /** Adds an entry whose key the template wrote. */
    public Builder put(String key, Value value) {
      return put(Text.format(key), value);
    }

    /** Adds an entry. */
    public Builder put(Value key, Value value) {
      Object identity = identity(key);
      Entry old = entries.get(identity);
      entries.put(identity, new Entry(old == null ? key : old.key(), value));
      return this;
    }

    /** Adds all entries of another one. */
    public Builder putAll(Mapping other) {
      other.entries().forEach(entry -> put(entry.key(), entry.value()));
      return this;
    }

    /** The dictionary; the builder is not used after that. */
    public Mapping build() {
      return new Mapping(entries);
    }
  }

  /** What a string key stands for. */
  public @Nullable Value find(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value();
  }

  /** What a key stands for. */
  public @Nullable Value find(Value key) {
    Entry entry = entries.get(identity(key));
    return entry == null ? null : entry.value();
  }

  public Collection<Entry> entries() {
    return Collections.unmodifiableCollection(entries.values());
  }

  public List<Value> keys() {
    return entries.values().stream().map(Entry::key).toList();
  }

  public int size() {
    return entries.size();
  }

  @Override
  public String type() {
    return "a dictionary";
  }

  /**
   * What makes a value the same key as another one: numbers by their value, strings by their
   * characters.
   */
  public static Object identity(Value key) {
    return switch (key) {
      case Text text -> text.string();
      case Int(BigInteger number) -> number;
      case Bool(boolean truth) -> truth ? BigInteger.ONE : BigInteger.ZERO;
      case Real(double number) ->
          number == Math.rint(number) && Math.abs(number) < 0x1p62
              ? BigInteger.valueOf((long) number)
              : Double.valueOf(number);
      case None none -> none;
      case Sequence(List<Value> items, boolean tuple) when tuple -> {
        List<Object> parts = new ArrayList<>();
        for (Value item : items) {
          if (item instanceof Sequence) {
            throw unhashable(key);
          }
          parts.add(identity(item));
        }
        yield parts;
      }
      case Sequence list -> throw unhashable(list);
      case Mapping mapping -> throw unhashable(mapping);
      case Undefined undefined -> throw undefined.refusal();
      case Namespace namespace -> throw unhashable(namespace);
      case Special special -> throw unhashable(special);
    };
  }

  private static TemplateException unhashable(Value key) {
    return TemplateException.failed(key.type() + " cannot be a key");
  }
}
