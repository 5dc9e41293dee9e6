package dev.tsuku.llm.template.jinja.value;

/**
 * What a name stands for that nobody set. It prints as nothing and is false; whatever goes further
 * is refused with its problem.
 *
 * @param problem what will be said, a clause
 */
public record Undefined(String problem) implements Value {

  /** An attribute or item that a value does not have. */
  public static Undefined missing(Value owner, Text name) {
    return new Undefined(
        owner.type() + " has no " + (name.hasContent() ? "such item" : quoted(name)));
  }

  @Override
  public String type() {
    return "an undefined value";
  }

  /** The refusal to use it. */
  public TemplateException refusal() {
    return TemplateException.failed(problem);
  }

  private static String quoted(Text name) {
    return "'" + name.string() + "'";
  }
}
