package dev.tsuku.llm.engine.prompt;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.grammar.budget.CpuDeadline;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.util.function.BooleanSupplier;

/**
 * Ends the renderings of a template for one request when the caller has gone or they have taken
 * long together. Usually the steps that a template may take are used up long before; this is for
 * what they do not foresee. For the thread that makes it.
 */
final class RenderLimit implements RenderGuard {

  /** Processor time; the steps that a template may take are meant for 0.2 s of it. */
  private static final int SECONDS_OF_REQUEST = 3;

  /** A model that could not be used would be worse than one that is there late. */
  private static final int SECONDS_OF_MODEL = 10;

  private final int seconds;
  private final CpuDeadline deadline;
  private final BooleanSupplier cancelled;

  RenderLimit(int seconds, BooleanSupplier cancelled) {
    this.seconds = seconds;
    this.deadline = CpuDeadline.in(seconds * 1_000_000_000L);
    this.cancelled = cancelled;
  }

  static RenderLimit ofRequest(BooleanSupplier cancelled) {
    return new RenderLimit(SECONDS_OF_REQUEST, cancelled);
  }

  static RenderLimit ofModel() {
    return new RenderLimit(SECONDS_OF_MODEL, () -> false);
  }

  /**
   * {@inheritDoc}
   *
   * @throws EngineException of kind {@code CANCELLED} if the caller has gone
   * @throws TemplateException of kind {@code LIMIT} if it took too long
   */
  @Override
  public void check() {
    if (cancelled.getAsBoolean()) {
      throw new EngineException(Kind.CANCELLED, "The request was cancelled.");
    }
    if (deadline.isPast()) {
      throw TemplateException.limit("it took more than " + seconds + " seconds of processor time");
    }
  }
}
