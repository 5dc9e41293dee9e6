package dev.tsuku.llm.template;

/**
 * The texts of a vocabulary's tokens that begin and end a text; empty where it has none.
 *
 * @param start such as {@code <s>}
 * @param end such as {@code </s>}
 */
public record BoundaryTokens(String start, String end) {

  /** A vocabulary with neither. */
  public static final BoundaryTokens NONE = new BoundaryTokens("", "");
}
