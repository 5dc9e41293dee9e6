package dev.tsuku.llm.template.jinja.value;

import java.util.Objects;

/**
 * A template could not be read, or a conversation could not be rendered with it. The message never
 * holds anything that came from the conversation, and at most {@value #MAX_FOREIGN} characters of
 * the template's own, on one line.
 */
public final class TemplateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What kind of refusal it is. */
  public enum Kind {
    /** The source is no template. */
    SYNTAX("cannot be read"),
    /** The template itself refuses the conversation, in its own words. */
    RAISED("refuses the conversation"),
    /** The template did something that cannot be done. */
    FAILED("failed"),
    /** The template wanted too much: time, text, or depth. */
    LIMIT("was stopped");

    private final String predicate;

    Kind(String predicate) {
      this.predicate = predicate;
    }
  }

  /** UTF-16 units of a template's text in one message. */
  static final int MAX_FOREIGN = 80;

  private final Kind kind;
  private final int line;
  private final String problem;

  private TemplateException(Kind kind, int line, String problem) {
    super(sentence("The chat template", kind, line, problem));
    this.kind = kind;
    this.line = line;
    this.problem = problem;
  }

  private static String sentence(String subject, Kind kind, int line, String problem) {
    return subject
        + " "
        + kind.predicate
        + (line > 0 ? " at line " + line : "")
        + ": "
        + problem
        + (problem.endsWith("!") || problem.endsWith("?") ? "" : ".");
  }

  /** A source that is no template; names of the template are in single quotes. */
  public static TemplateException syntax(int line, String problem) {
    return new TemplateException(Kind.SYNTAX, line, shortened(problem));
  }

  /** The template's own words; it may have none. */
  public static TemplateException raised(String words) {
    String said = cut(oneLine(words), MAX_FOREIGN);
    String bare = said.chars().anyMatch(Character::isLetterOrDigit) ? said : "it says nothing more";
    boolean ends = bare.endsWith(".");
    return new TemplateException(
        Kind.RAISED, 0, ends ? bare.substring(0, bare.length() - 1) : bare);
  }

  /**
   * Something that cannot be done; a clause without a full stop, with names of the template in
   * single quotes.
   */
  public static TemplateException failed(String problem) {
    return new TemplateException(Kind.FAILED, 0, shortened(problem));
  }

  /** Something that is too much; a clause without a full stop. */
  public static TemplateException limit(String problem) {
    return new TemplateException(Kind.LIMIT, 0, problem);
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\s]+", " ").strip();
  }

  private static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    boolean splits = Character.isHighSurrogate(text.charAt(length - 2));
    return text.substring(0, splits ? length - 2 : length - 1) + "…";
  }

  /** The problem with what is quoted in it on one line, and not longer than it may be. */
  private static String shortened(String problem) {
    int first = problem.indexOf('\'');
    int last = problem.lastIndexOf('\'');
    if (first == last) {
      return problem;
    }
    String quoted = oneLine(problem.substring(first + 1, last));
    return problem.substring(0, first + 1) + cut(quoted, MAX_FOREIGN) + problem.substring(last);
  }

  public Kind kind() {
    return kind;
  }

  /** The message about a template that has this name, such as "The chat template of x.gguf". */
  public String about(String subject) {
    return sentence(subject, kind, line, problem);
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
