package dev.tsuku.llm.template.jinja.value;

import java.util.Objects;

/**
 * A template could not be read, or a conversation could not be rendered with it. The message never
 * holds anything that came from the conversation.
 */
public final class TemplateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What kind of refusal it is. */
  public enum Kind {
    /** The source is no template. */
    SYNTAX("The chat template cannot be read"),
    /** The template itself refuses the conversation, in its own words. */
    RAISED("The chat template refuses the conversation"),
    /** The template did something that cannot be done. */
    FAILED("The chat template failed"),
    /** The template wanted too much: time, text, or depth. */
    LIMIT("The chat template was stopped");

    private final String sentence;

    Kind(String sentence) {
      this.sentence = sentence;
    }
  }

  private final Kind kind;
  private final int line;
  private final String problem;

  private TemplateException(Kind kind, int line, String problem) {
    super(kind.sentence + (line > 0 ? " at line " + line : "") + ": " + problem + ".");
    this.kind = kind;
    this.line = line;
    this.problem = problem;
  }

  /** A source that is no template. */
  public static TemplateException syntax(int line, String problem) {
    return new TemplateException(Kind.SYNTAX, line, problem);
  }

  /** The template's own words. */
  public static TemplateException raised(String words) {
    String bare = words.strip();
    boolean ends = bare.endsWith(".");
    return new TemplateException(
        Kind.RAISED, 0, ends ? bare.substring(0, bare.length() - 1) : bare);
  }

  /** Something that cannot be done; a clause without a full stop. */
  public static TemplateException failed(String problem) {
    return new TemplateException(Kind.FAILED, 0, problem);
  }

  /** Something that is too much; a clause without a full stop. */
  public static TemplateException limit(String problem) {
    return new TemplateException(Kind.LIMIT, 0, problem);
  }

  public Kind kind() {
    return kind;
  }

  /** The line of the template, from 1; 0 if there is none. */
  public int line() {
    return line;
  }

  /** The same refusal at this line, if it has none yet. */
  public TemplateException at(int where) {
    if (line > 0) {
      return this;
    }
    TemplateException placed = new TemplateException(kind, where, Objects.requireNonNull(problem));
    placed.setStackTrace(getStackTrace());
    return placed;
  }
}
