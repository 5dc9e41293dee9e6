package dev.tsuku.llm.engine.constraint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.ShortestCompletion;
import dev.tsuku.llm.grammar.match.WorkBudget;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.SchemaException;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads the schemas of requests, and remembers those that were asked for last. Thread-safe. */
public final class Schemas {

  /** So many that a program's own, and the tools that it has, are all among them. */
  private static final int MOST = 64;

  /** Of all texts together; what is made of one takes many times as much memory. */
  private static final int MOST_CHARS = 500_000;

  /** Of the grounded strings that a model declares for a tool, where not all can be had. */
  private static final int MOST_TRIED = 8;

  private static final String ANY_OBJECT = "{\"type\": \"object\"}";

  /**
   * A schema and what it is for.
   *
   * @param isObject whether the value has to be an object
   * @param messages in which parts of it have to occur; empty if it says nothing about them
   */
  private record Key(String text, boolean isObject, List<String> messages) {

    Key {
      messages = text.contains(GROUNDED) ? List.copyOf(messages) : List.of();
    }

    long chars() {
      return text.length() + messages.stream().mapToLong(String::length).sum();
    }

    Grounds grounds() {
      return Grounds.of(messages);
    }
  }

  private static final String GROUNDED = "x-grounded";

  /** For one schema. Real ones take milliseconds, the largest of them about a second. */
  private static final Duration MOST_TIME = Duration.ofSeconds(5);

  private final CompilePool pool = new CompilePool();

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Key, CompiledSchema> known = new LinkedHashMap<>(16, 0.75f, true);

  /** Schemas of which none is known yet. */
  public Schemas() {}

  /**
   * What a request wants of its answer.
   *
   * @throws EngineException of kind {@code SCHEMA_REFUSED} if that is more than can be kept
   */
  public ResponseFormat plan(GenerationRequest request) {
    return plan(request, Groundings.NONE);
  }

  /**
   * The same with the grounded strings that a model's file declares. One for which the messages
   * have no such string, or too much text, stays as the request has it.
   */
  public ResponseFormat plan(GenerationRequest request, Groundings groundings) {
    List<String> messages = messages(request.conversation());
    if (!request.jsonSchema().isEmpty()) {
      CompiledSchema value = read("json_schema", new Key(request.jsonSchema(), false, messages));
      return new ResponseFormat(Optional.of(value), List.of(), request.toolChoice(), false);
    }
    List<ToolDefinition> definitions = request.conversation().tools();
    List<ResponseFormat.Tool> tools = new ArrayList<>();
    for (int i = 0; i < definitions.size(); i++) {
      String text = definitions.get(i).parametersJson();
      String field = "tools[" + i + "].parameters_schema";
      String name = definitions.get(i).name();
      String schema = text.isBlank() ? ANY_OBJECT : text;
      tools.add(
          new ResponseFormat.Tool(
              name, readGrounded(field, name, schema, groundings.of(name), messages)));
    }
    return tools.isEmpty()
        ? ResponseFormat.FREE
        : new ResponseFormat(
            Optional.empty(), tools, request.toolChoice(), request.parallelToolCalls());
  }

  /** What was said to the model. What it said itself is no evidence of anything. */
  private static List<String> messages(Conversation conversation) {
    List<String> messages = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      switch (turn) {
        case Turn.User(String content) -> messages.add(content);
        case Turn.ToolResult result -> messages.add(result.content());
        case Turn.Assistant ignored -> {
          // Not evidence.
        }
      }
    }
    return messages;
  }

  /**
   * With as many of a model's grounded strings as can be had of the messages, but no further tries
   * than fit into the time for one schema.
   */
  private CompiledSchema readGrounded(
      String field, String tool, String schema, Groundings groundings, List<String> messages) {
    long start = System.nanoTime();
    Groundings declared =
        groundings.hasWords() && bytes(messages) > Grounds.MOST_WORDS_BYTES
            ? groundings.withoutWords()
            : groundings;
    Optional<CompiledSchema> all =
        readIfGrounded(field, schema, declared.applied(tool, schema), messages);
    if (all.isPresent()) {
      return all.get();
    }
    String kept = schema;
    List<Groundings> each = declared.each();
    for (Groundings one : each.subList(0, Math.min(each.size(), MOST_TRIED))) {
      for (Groundings kind : one.hasWords() ? List.of(one, one.withoutWords()) : List.of(one)) {
        String grounded = kind.applied(tool, kept);
        if (System.nanoTime() - start < MOST_TIME.toNanos()
            && readIfGrounded(field, kept, grounded, messages).isPresent()) {
          kept = grounded;
          break;
        }
      }
    }
    return read(field, new Key(kept, true, messages));
  }

  /** Empty if nothing was added to a schema, or it cannot be honoured with that. */
  private Optional<CompiledSchema> readIfGrounded(
      String field, String schema, String grounded, List<String> messages) {
    if (grounded.equals(schema)) {
      return Optional.empty();
    }
    try {
      return Optional.of(read(field, new Key(grounded, true, messages)));
    } catch (EngineException e) {
      if (e.kind() == Kind.SCHEMA_REFUSED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static long bytes(List<String> messages) {
    return messages.stream()
        .mapToLong(message -> message.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  private CompiledSchema read(String field, Key key) {
    lock.lock();
    try {
      CompiledSchema schema = known.get(key);
      if (schema != null) {
        return schema;
      }
    } finally {
      lock.unlock();
    }
    CompiledSchema schema = pool.run(() -> compile(field, key));
    lock.lock();
    try {
      CompiledSchema first = known.putIfAbsent(key, schema);
      long chars = known.keySet().stream().mapToLong(Key::chars).sum();
      Iterator<Key> oldest = known.keySet().iterator();
      while (known.size() > MOST || chars > MOST_CHARS) {
        chars -= oldest.next().chars();
        oldest.remove();
      }
      return first == null ? schema : first;
    } finally {
      lock.unlock();
    }
  }

  /** Compiles, and makes sure that there is an answer, before anybody waits for one. */
  private static CompiledSchema compile(String field, Key key) {
    try {
      CompiledGrammar grammar =
          CompiledGrammar.ofSchema(key.text(), key.grounds(), CompileLimit.of(MOST_TIME));
      if (key.isObject()) {
        MatcherState start = grammar.start();
        @Nullable MatcherState begun = start.next('{');
        if (begun == null) {
          throw refused(field + " allows no object, but arguments are one. Change it.", null);
        }
        if (ShortestCompletion.of(begun, WorkBudget.ofCpuNanos(MOST_TIME.toNanos())).isEmpty()) {
          throw refused(
              field + " cannot be honoured: no object was found that obeys it. Make it simpler.",
              null);
        }
      }
      return new CompiledSchema(grammar.node());
    } catch (SchemaException e) {
      throw refused(
          field + " cannot be honoured: " + e.getMessage() + ". " + e.nextStep() + ".", e);
    }
  }

  static EngineException refused(String message, @Nullable Throwable cause) {
    return new EngineException(Kind.SCHEMA_REFUSED, message, cause);
  }
}
