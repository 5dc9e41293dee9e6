package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tsuku.llm.models.ModelException.Kind;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What refusals have in common. */
final class Refusals {

  private Refusals() {}

  /** The message of a refusal of this kind. */
  static AbstractStringAssert<?> assertRefused(Kind kind, ThrowingCallable call) {
    ModelException refusal = catchThrowableOfType(ModelException.class, call);
    assertThat(refusal).as("a refusal").isNotNull();
    assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
    return assertThat(refusal.getMessage()).endsWith(".");
  }
}
