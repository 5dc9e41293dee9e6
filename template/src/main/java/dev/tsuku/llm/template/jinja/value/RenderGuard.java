package dev.tsuku.llm.template.jinja.value;

/**
 * Checked every few steps of a rendering, so that the caller can end it: {@link Limits} bound the
 * work, not the time that it takes on a slow machine, and cannot see a cancelled request. Called on
 * the rendering's thread.
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
