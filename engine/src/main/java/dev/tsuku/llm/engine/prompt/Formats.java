package dev.tsuku.llm.engine.prompt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.template.BoundaryTokens;
import dev.tsuku.llm.template.CallShape;
import dev.tsuku.llm.template.ChatMl;
import dev.tsuku.llm.template.ChatTemplate;
import dev.tsuku.llm.template.Continuation;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.PromptFormat;
import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The formats of a model's prompts: its own, and those that requests bring. A model's own is the
 * chosen template or the one in its file; ChatML where there is none but the vocabulary knows
 * ChatML; none at all for a model that was never taught to converse. A template that cannot be used
 * is replaced by nothing: {@link #problem} says what is wrong with it, and so does every request
 * that needs it.
 *
 * <p>Thread-safe.
 */
public final class Formats {

  /** Templates of requests that are kept parsed. */
  private static final int MOST = 4;

  private static final String OF_REQUEST = "The request's chat_template";

  private static final String OTHERS =
      " Use another one: --chat-template FILE or --chat-template chatml, or chat_template in"
          + " config.toml.";

  /** Either a format, or why there is none. */
  private record Known(@Nullable PromptFormat format, @Nullable TemplateException failure) {}

  private final BoundaryTokens tokens;
  private final String subject;
  private final CompletableFuture<Known> own;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Known> brought = new LinkedHashMap<>(16, 0.75f, true);

  private Formats(BoundaryTokens tokens, String subject, CompletableFuture<Known> own) {
    this.tokens = tokens;
    this.subject = subject;
    this.own = own;
  }

  /** The formats of a model. */
  public static Formats of(BackendModel model, TemplateChoice choice) {
    return of(model, choice, true);
  }

  /**
   * The formats of a model. What is asked of the model is asked before this returns; its template
   * is parsed on a thread of its own, and who asks for it first waits for that.
   *
   * @param adapts whether what its own template omits, such as tools, is written some other way;
   *     not for a model that was trained without it
   */
  public static Formats of(BackendModel model, TemplateChoice choice, boolean adapts) {
    Vocabulary vocabulary = model.vocabulary();
    BoundaryTokens tokens =
        new BoundaryTokens(
            text(vocabulary, vocabulary.bosToken()), text(vocabulary, vocabulary.eosToken()));
    String source = choice.source().isEmpty() ? model.chatTemplate().orElse("") : choice.source();
    CompletableFuture<Known> own = new CompletableFuture<>();
    if (source.isEmpty()) {
      boolean isChatMl = vocabulary.specialToken(ChatMl.START).isPresent();
      var _ = own.complete(new Known(isChatMl ? new ChatMl() : new Continuation(), null));
    } else {
      boolean unadapted = !adapts && choice.source().isEmpty();
      Thread.ofPlatform()
          .daemon()
          .name("template")
          .start(() -> parse(source, tokens, unadapted, own));
    }
    return new Formats(tokens, "The chat template of " + choice.origin(), own);
  }

  /** One format, for requests that bring none. */
  public static Formats only(PromptFormat format) {
    return new Formats(
        new BoundaryTokens("", ""),
        "The chat template of the model",
        CompletableFuture.completedFuture(new Known(format, null)));
  }

  private static String text(Vocabulary vocabulary, OptionalInt token) {
    return token.isPresent() ? vocabulary.text(token.getAsInt()) : "";
  }

  private static void parse(
      String source, BoundaryTokens tokens, boolean unadapted, CompletableFuture<Known> own) {
    try {
      Known parsed = parse(source, tokens, RenderLimit.ofModel());
      var _ =
          own.complete(
              unadapted && parsed.format() instanceof ChatTemplate template
                  ? new Known(template.unadapted(), null)
                  : parsed);
    } catch (RuntimeException | Error e) {
      var _ = own.completeExceptionally(e);
    }
  }

  /** The model's own; waits until it is parsed. */
  private Known own() {
    try {
      return own.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static Known parse(String source, BoundaryTokens tokens, RenderGuard guard) {
    if (source.equals(TemplateChoice.CHATML)) {
      return new Known(new ChatMl(), null);
    }
    try {
      return new Known(
          ChatTemplate.parse(source, tokens, Clock.system(ZoneId.systemDefault()), guard), null);
    } catch (TemplateException e) {
      return new Known(null, e);
    }
  }

  /** Why requests without a template of their own cannot be answered; empty if they can. */
  public Optional<String> problem() {
    return Optional.ofNullable(own().failure()).map(this::ownProblem);
  }

  private String ownProblem(TemplateException failure) {
    return failure.about(subject) + OTHERS;
  }

  /**
   * A format.
   *
   * @param template what the request brings: Jinja, {@link TemplateChoice#CHATML}, or empty for the
   *     model's own
   * @throws EngineException of kind {@code TEMPLATE_FAILED} if the model's own cannot be used,
   *     {@code TEMPLATE_REFUSED} if that of the request cannot
   */
  private PromptFormat of(String template, RenderGuard guard) {
    Known known = template.isEmpty() ? own() : brought(template, guard);
    if (known.format() != null) {
      return known.format();
    }
    throw failed(template, known.failure());
  }

  private Known brought(String template, RenderGuard guard) {
    lock.lock();
    try {
      Known known = brought.get(template);
      if (known != null) {
        return known;
      }
    } finally {
      lock.unlock();
    }
    // Two that come at once parse it twice, and nobody waits for another's template.
    Known parsed = parse(template, tokens, guard);
    if (parsed.failure() != null && parsed.failure().kind() == TemplateException.Kind.LIMIT) {
      // On a machine with less to do it may do.
      return parsed;
    }
    lock.lock();
    try {
      brought.put(template, parsed);
      if (brought.size() > MOST) {
        brought.remove(brought.keySet().iterator().next());
      }
    } finally {
      lock.unlock();
    }
    return parsed;
  }

  /**
   * A prompt.
   *
   * @param template as for {@link #of}
   * @param cancelled asked now and then; true ends the work
   * @throws EngineException also of kind {@code CONVERSATION_REFUSED} if the template refuses the
   *     conversation in its own words, {@code CANCELLED} once that is so
   */
  List<PromptPiece> render(Conversation conversation, String template, BooleanSupplier cancelled) {
    RenderGuard guard = RenderLimit.ofRequest(cancelled);
    PromptFormat format = of(template, guard);
    try {
      return format.render(conversation, guard);
    } catch (TemplateException e) {
      if (e.kind() != TemplateException.Kind.RAISED) {
        throw failed(template, e);
      }
      throw new EngineException(
          Kind.CONVERSATION_REFUSED,
          e.about(template.isEmpty() ? subject : OF_REQUEST)
              + " Change the conversation, or use another template.",
          e);
    }
  }

  /**
   * How the model's next turn calls tools.
   *
   * @param template as for {@link #render}
   * @param cancelled asked now and then; true ends the work
   * @throws EngineException as {@link #render}
   */
  public CallShape callShape(String template, BooleanSupplier cancelled) {
    RenderGuard guard = RenderLimit.ofRequest(cancelled);
    try {
      return of(template, guard).callShape(guard);
    } catch (TemplateException e) {
      throw failed(template, e);
    }
  }

  private EngineException failed(String template, @Nullable TemplateException failure) {
    TemplateException cause = Objects.requireNonNull(failure);
    return template.isEmpty()
        ? new EngineException(Kind.TEMPLATE_FAILED, ownProblem(cause), cause)
        : new EngineException(
            Kind.TEMPLATE_REFUSED,
            cause.about(OF_REQUEST) + " Correct it, or send " + TemplateChoice.CHATML + ".",
            cause);
  }
}
