package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** All nodes of a document: the same conditions are the same node. */
public final class Nodes {

  private static final int MOST_NODES = 100_000;

  private static final int MOST_EXPLORED = 5_000;

  /** Of automata that are made of others. */
  private static final int MOST_STATES = 60_000;

  /** How deep one proof may need another. */
  private static final int MOST_PROOFS = 6;

  private final Map<List<Literal>, Node> nodes = new HashMap<>();
  private final Map<Json, Literal> constants = new HashMap<>();
  private final Node nothing;
  private int constantNumber = -1;
  private final CompileLimit limit;
  private int states;
  private int proofs;
  private boolean compiled;

  /** Where nothing in the messages will do. */
  private Optional<String> groundless = Optional.empty();

  private Nodes(CompileLimit limit) {
    this.limit = limit;
    Schema never = new Schema(constantNumber--, "");
    never.isFalse = true;
    this.nothing = of(List.of(Literal.yes(never)));
  }

  /**
   * Reads a schema.
   *
   * @param text a document, an object or a boolean
   * @return what its values have to obey
   * @throws SchemaException if it cannot be honoured, or no value is valid
   */
  public static Node compile(String text) {
    return compile(text, Grounds.ANY);
  }

  /**
   * Reads a schema for one request.
   *
   * @param grounds what the values may be that have to occur in the messages
   * @throws SchemaException as {@link #compile(String)} does
   */
  public static Node compile(String text, Grounds grounds) {
    return compile(text, grounds, CompileLimit.NONE);
  }

  /**
   * Reads a schema for one request, within a limit.
   *
   * @throws SchemaException as {@link #compile(String)} does, and if the limit is reached
   */
  public static Node compile(String text, Grounds grounds, CompileLimit limit) {
    return compile(SchemaReader.read(text, grounds), limit);
  }

  /**
   * What a schema says that has no effect, as the standard has it: unknown keywords and formats.
   *
   * @param text of a schema that compiles
   * @return a sentence each, without its end
   */
  public static List<String> notes(String text) {
    return SchemaReader.notes(JsonReader.read(text));
  }

  /** Reads a schema that is JSON already; see {@link #compile(String)}. */
  public static Node compile(Json json) {
    return compile(SchemaReader.read(json), CompileLimit.NONE);
  }

  /** Whether 3.0 is no integer to a schema, as in draft 4; to others it is the same as 3. */
  public static boolean hasTextualIntegers(Json schema) {
    return References.isDraft4(schema);
  }

  private static Node compile(Schema schema, CompileLimit limit) {
    Nodes nodes = new Nodes(limit);
    Node root = nodes.of(List.of(Literal.yes(schema)));
    try {
      nodes.expand(root, schema);
    } catch (Node.BusyException e) {
      throw new SchemaException(
          schema.pointer, "", "whether it has values depends on itself, which cannot be decided");
    } catch (RegexException e) {
      throw new SchemaException(
          schema.pointer, "pattern", "its patterns together: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new SchemaException(schema.pointer, "", "the schema is too complex: too deep");
    }
    nodes.compiled = true;
    return root;
  }

  private void expand(Node root, Schema schema) {
    if (root.isEmpty()) {
      groundless.ifPresent(
          pointer -> {
            throw new SchemaException(
                pointer, "x-grounded", "nothing in the messages can be this value");
          });
      throw new SchemaException(schema.pointer, "", "no value can match the schema");
    }
    explore(root);
  }

  /** Whether all that may fail has been done: from now on, what is too complex has no values. */
  boolean isCompiled() {
    return compiled;
  }

  /**
   * Looks whether there is time left.
   *
   * @param pointer of the schema that is being compiled
   */
  void checkTime(String pointer) {
    if (!compiled && !limit.allows()) {
      throw new SchemaException(pointer, "", "compiling it takes too long: " + limit.reason());
    }
  }

  /**
   * Looks into all values inside, so that what cannot be honoured is told before anything is
   * written. Of schemas beyond all measure the rest is left for later.
   */
  private void explore(Node root) {
    Set<Node> seen = new HashSet<>(Set.of(root));
    Deque<Node> open = new ArrayDeque<>(seen);
    while (!open.isEmpty() && seen.size() < MOST_EXPLORED) {
      Node node = open.remove();
      checkTime(node.pointer());
      for (JsonType type : JsonType.values()) {
        for (Alternative alternative : node.alternatives(type)) {
          List<Node> inner = new ArrayList<>(alternative.rejects());
          switch (alternative.rule()) {
            case ArrayRule array -> {
              IntStream.rangeClosed(0, array.prefix()).mapToObj(array::item).forEach(inner::add);
              array.contained().forEach(contained -> inner.add(contained.node()));
            }
            case ObjectRule object -> {
              object.order().forEach(name -> inner.add(object.member(name)));
              inner.add(object.rest());
              object.buildNames();
            }
            default -> {
              // Has no values inside.
            }
          }
          inner.stream().filter(seen::add).forEach(open::add);
        }
      }
    }
  }

  /** Counts what automata made of others cost. */
  void spend(int more) {
    states += more;
    if (states > MOST_STATES) {
      throw new SchemaException(
          "",
          "pattern",
          "the schema is too complex: its patterns together need more than "
              + MOST_STATES
              + " states");
    }
  }

  /** Notes that nothing in the messages is what a schema asks for. */
  void groundless(String pointer) {
    groundless = groundless.or(() -> Optional.of(pointer));
  }

  /** Whether two schemas exclude each other, as far as that is told before going too deep. */
  boolean prove(BooleanSupplier proof) {
    if (proofs == MOST_PROOFS) {
      return false;
    }
    proofs++;
    try {
      return proof.getAsBoolean();
    } catch (Node.BusyException e) {
      return false;
    } finally {
      proofs--;
    }
  }

  /** What no value obeys. */
  Node nothing() {
    return nothing;
  }

  Node of(Collection<Literal> literals) {
    List<Literal> key = new ArrayList<>(new LinkedHashSet<>(literals));
    key.sort(
        Comparator.comparingInt((Literal literal) -> literal.schema().number)
            .thenComparing(Literal::holds));
    Node known = nodes.get(key);
    if (known == null) {
      if (nodes.size() >= MOST_NODES) {
        if (compiled) {
          return nothing;
        }
        throw new SchemaException(
            "",
            "",
            "the schema is too complex: its conditions combine in more than "
                + MOST_NODES
                + " ways");
      }
      known = new Node(this, key);
      nodes.put(key, known);
    }
    return known;
  }

  /** That a value is this one. */
  Literal constant(Json value) {
    return constants.computeIfAbsent(
        value,
        key -> {
          Schema schema = new Schema(constantNumber--, "");
          schema.values = Optional.of(List.of(key));
          return Literal.yes(schema);
        });
  }
}
