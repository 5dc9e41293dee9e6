package dev.tsuku.llm.template.jinja.value;

import java.math.BigInteger;

/** A value, with Python's meaning. */
public sealed interface Value
    permits Value.None,
        Value.Bool,
        Value.Int,
        Value.Real,
        Undefined,
        Text,
        Sequence,
        Mapping,
        Namespace,
        Special {

  /** What messages call it. */
  String type();

  /** No value. */
  None NONE = new None();

  /** True. */
  Bool TRUE = new Bool(true);

  /** False. */
  Bool FALSE = new Bool(false);

  /** One of the two truths. */
  static Bool of(boolean truth) {
    return truth ? TRUE : FALSE;
  }

  /** A whole number. */
  static Int of(long number) {
    return new Int(BigInteger.valueOf(number));
  }

  /** Python's {@code None}. */
  record None() implements Value {
    @Override
    public String type() {
      return "None";
    }
  }

  /** A truth, which Python also counts as 0 or 1. */
  record Bool(boolean value) implements Value {
    @Override
    public String type() {
      return "a boolean";
    }
  }

  /** A whole number of any size. */
  record Int(BigInteger value) implements Value {
    @Override
    public String type() {
      return "an integer";
    }
  }

  /** A number with a fraction. */
  record Real(double value) implements Value {
    @Override
    public String type() {
      return "a float";
    }
  }
}
