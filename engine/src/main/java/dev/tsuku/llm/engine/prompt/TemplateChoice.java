package dev.tsuku.llm.engine.prompt;

/**
 * Which chat template writes prompts.
 *
 * @param origin the file that it is from, for messages
 * @param source Jinja, or {@link #CHATML}; empty for the template in the model's file
 */
public record TemplateChoice(String origin, String source) {

  /** Stands for ChatML where a template's source is expected. */
  public static final String CHATML = "chatml";

  /** The template in the file of a model. */
  public static TemplateChoice ofModel(String file) {
    return new TemplateChoice(file, "");
  }
}
