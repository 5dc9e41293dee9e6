package dev.tsuku.llm.grammar.schema;

/** Conditions on a value of one type, all of which have to be met. */
public sealed interface Rule
    permits Rule.Null, Rule.Bool, NumberRule, StringRule, ArrayRule, ObjectRule {

  /** The value {@code null}. */
  record Null() implements Rule {}

  /** {@code true}, {@code false} or either. */
  record Bool(boolean mayBeTrue, boolean mayBeFalse) implements Rule {

    /** Whether a value is one of them. */
    public boolean allows(boolean value) {
      return value ? mayBeTrue : mayBeFalse;
    }
  }
}
