package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.KvCacheType;
import dev.tsuku.llm.engine.constraint.Groundings;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.constraint.Schemas;
import dev.tsuku.llm.engine.decode.DecodeLoop;
import dev.tsuku.llm.engine.decode.Limits;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.Formats;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/**
 * Answers requests with one loaded model. Owns the model from {@link #open} until {@link #close},
 * which whoever opened it must call. Thread-safe.
 */
public final class Engine implements AutoCloseable {

  private final Schemas schemas = new Schemas();
  private final DecodeLoop loop;
  private final int contextTokens;
  private final int mostComputeThreads;
  private final KvCacheType kvCacheType;
  private final Optional<String> problem;
  private final Optional<Specialty> specialty;

  private Engine(
      DecodeLoop loop,
      int contextTokens,
      int mostComputeThreads,
      KvCacheType kvCacheType,
      Optional<String> problem,
      Optional<Specialty> specialty) {
    this.loop = loop;
    this.contextTokens = contextTokens;
    this.mostComputeThreads = mostComputeThreads;
    this.kvCacheType = kvCacheType;
    this.problem = problem;
    this.specialty = specialty;
  }

  /**
   * Takes over a loaded model and makes it ready to answer. If that fails, the model is closed.
   *
   * @throws BackendException if there is no memory for a context, or no thread to compute with
   */
  public static Engine open(BackendModel model, EngineSettings settings) {
    return open(model, settings, EngineCaches.NONE);
  }

  /**
   * The same, with places where what it computes outlives the engine. They are closed with it, or
   * if opening fails.
   */
  public static Engine open(BackendModel model, EngineSettings settings, EngineCaches caches) {
    return open(model, settings, caches, DecodeLoop.threads());
  }

  static Engine open(
      BackendModel model, EngineSettings settings, EngineCaches caches, ThreadFactory threads) {
    try {
      int contextTokens = Math.min(model.trainedContextTokens(), settings.maxContextTokens());
      // More than all requests together can fill is of no use.
      int cells =
          (int) Math.min((long) contextTokens * settings.sequences(), settings.maxContextTokens());
      Optional<Specialty> specialty = Specialty.of(model::metadata);
      // Its template is parsed while the context is opened.
      Formats formats = Formats.of(model, settings.template(), specialty.isEmpty());
      Limits limits =
          new Limits(
              settings.sequences(),
              contextTokens,
              cells,
              settings.promptTokensBesideAnswers(),
              settings.draftTokens());
      BackendContext context =
          model.open(
              new ContextSettings(
                  limits.shapes().widest(),
                  Math.min(settings.batchTokens(), cells),
                  Math.min(settings.microBatchTokens(), cells),
                  settings.threads(),
                  settings.kvCacheType()));
      Optional<String> problem = problem(formats, context);
      return new Engine(
          start(model, context, limits, formats, caches, threads),
          contextTokens,
          settings.threads().most(),
          settings.kvCacheType(),
          problem,
          specialty);
    } catch (RuntimeException | Error e) {
      closeAfter(e, caches.tables());
      closeAfter(e, model);
      throw e;
    }
  }

  private static Optional<String> problem(Formats formats, BackendContext context) {
    try {
      return formats.problem();
    } catch (RuntimeException | Error e) {
      closeAfter(e, context);
      throw e;
    }
  }

  private static DecodeLoop start(
      BackendModel model,
      BackendContext context,
      Limits limits,
      Formats formats,
      EngineCaches caches,
      ThreadFactory threads) {
    PrefixStore store = PrefixStore.NONE;
    try {
      store = caches.prefixes().open(context.stateForm());
      return DecodeLoop.start(
          model, context, limits, formats, new DecodeLoop.Stores(store, caches.tables()), threads);
    } catch (OutOfMemoryError e) {
      closeAfter(e, store);
      closeAfter(e, context);
      throw new BackendException(
          BackendException.Kind.CONTEXT_FAILED,
          "Cannot start the thread that computes: "
              + e.getMessage()
              + ". Close other programs, or raise the limit on processes.",
          e);
    } catch (RuntimeException | Error e) {
      closeAfter(e, store);
      closeAfter(e, context);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, AutoCloseable half) {
    try {
      half.close();
    } catch (Exception closing) {
      failure.addSuppressed(closing);
    }
  }

  /**
   * Puts a request behind those that wait. Returns at once; the listener is told how it goes.
   *
   * @throws EngineException of kind {@code CLOSED} after {@link #close}, {@code FAILED} once the
   *     engine has ended for another reason, {@code QUEUE_FULL} while too many wait, {@code
   *     SCHEMA_REFUSED} if a schema cannot be kept to
   */
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    return submit(request, schemas.plan(request), listener);
  }

  /**
   * The same for a request whose schemas were read before.
   *
   * @param plan of the same request
   */
  public Generation submit(
      GenerationRequest request, ResponseFormat plan, GenerationListener listener) {
    Groundings groundings = specialty.map(Specialty::groundings).orElse(Groundings.NONE);
    ResponseFormat own = groundings.isEmpty() ? plan : schemas.plan(request, groundings);
    return loop.submit(request, own, listener);
  }

  /**
   * Whether it takes requests. An engine that is not alive never will be again: {@link #close} it
   * and open another.
   */
  public boolean isAlive() {
    return loop.isAlive();
  }

  /**
   * Why it answers no request that brings no chat template, as sentences; empty if it answers them.
   */
  public Optional<String> problem() {
    return problem;
  }

  /** How full it is; never waits for what is being computed. */
  public Occupancy occupancy() {
    DecodeLoop.Places places = loop.places();
    return new Occupancy(
        places.running(),
        places.mostRunning(),
        places.waiting(),
        DecodeLoop.MAX_WAITING,
        places.cells(),
        places.busyCells(),
        places.keptCells(),
        places.computeThreads(),
        mostComputeThreads,
        kvCacheType.name().toLowerCase(Locale.ROOT));
  }

  /** The task that the model was trained for; empty for a general model. */
  public Optional<Specialty> specialty() {
    return specialty;
  }

  /** Room for a prompt and its answer, in tokens. */
  public int contextTokens() {
    return contextTokens;
  }

  /**
   * Cancels what runs, fails what waits, and returns when the model and its memory are gone.
   * Idempotent.
   */
  @Override
  public void close() {
    loop.close();
  }
}
