package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.value.Value;

/**
 * A piece of a template.
 *
 * @param text as written; without quotes and escapes for a string
 * @param value of a number, else None
 * @param line from 1
 */
record Token(Kind kind, String text, Value value, int line) {

  /** What a token is. */
  enum Kind {
    /** Text between tags. */
    DATA("text"),
    BLOCK_BEGIN("'{%'"),
    BLOCK_END("'%}'"),
    PRINT_BEGIN("'{{'"),
    PRINT_END("'}}'"),
    NAME("a name"),
    STRING("a string"),
    NUMBER("a number"),
    OPERATOR("an operator"),
    END("the end of the template");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** What a message calls it. */
  String words() {
    return switch (kind) {
      case NAME, OPERATOR -> "'" + text + "'";
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, STRING, NUMBER, END -> kind.words;
    };
  }
}
