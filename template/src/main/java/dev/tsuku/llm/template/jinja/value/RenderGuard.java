package dev.tsuku.llm.template.jinja.value;

/**
 * Asked again and again while a template is rendered, a few thousand times a second at least, so
 * that whoever waits can end it: {@link Limits} bound the work, not the time that it takes on a
 * slow machine, and know nothing of a caller who has gone. Called on the rendering's thread.
 */
@FunctionalInterface
public interface RenderGuard {

  /** Nobody ends it. */
  RenderGuard NONE = () -> {};

  /**
   * Returns if the rendering may go on.
   *
   * @throws RuntimeException if not; it leaves the rendering as it is, but for a {@link
   *     TemplateException}, which is given the line
   */
  void check();
}
