package dev.tsuku.llm.template;

/**
 * What a chat template can do, and how it wants it.
 *
 * @param system whether it writes a system message
 * @param tools whether it writes the definitions of tools
 * @param calls whether it writes calls
 * @param results whether it writes what tools answered
 * @param severalCalls whether one turn may hold several calls
 * @param neighbours whether two turns of one role may follow each other
 * @param callForm what a call must look like
 */
public record TemplateTraits(
    boolean system,
    boolean tools,
    boolean calls,
    boolean results,
    boolean severalCalls,
    boolean neighbours,
    CallForm callForm) {

  /** A template that can do everything. */
  static final TemplateTraits ALL =
      new TemplateTraits(true, true, true, true, true, true, CallForm.USUAL);

  /** The same template, asked for nothing but user and assistant in turn. */
  TemplateTraits withoutTools() {
    return new TemplateTraits(system, false, false, false, false, false, callForm);
  }

  /** The same template, given tools, calls and results as words. */
  TemplateTraits withToolsInWords() {
    return new TemplateTraits(system, false, false, false, false, neighbours, callForm);
  }

  /**
   * What a call must look like.
   *
   * @param argumentsAsText whether arguments are JSON as text, not an object
   * @param noContent whether a turn without words has the content None, not an empty string
   * @param shortIds whether ids must be 9 letters and digits
   */
  public record CallForm(boolean argumentsAsText, boolean noContent, boolean shortIds) {

    /** As hubs give it to templates. */
    static final CallForm USUAL = new CallForm(false, false, false);
  }
}
