package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.util.regex.Pattern;

/**
 * Refuses a header whose tensors have types or dimensions over which llama.cpp v0.4.0 would end the
 * process: it plans a computation with each before it compares the shapes with those it expects.
 */
final class TensorCheck {

  /** Added to or multiplied with activations, element by element, or turned with them. */
  private static final Pattern PLAIN_NUMBERS =
      Pattern.compile(".*(norm\\.weight|\\.bias|rope_(freqs|factors_(long|short))\\.weight)");

  /** Tables from which rows are taken. */
  private static final Pattern TABLES =
      Pattern.compile("(per_layer_)?(token_embd|position_embd|token_types)\\.weight");

  private static final Pattern EXPERTS = Pattern.compile(".*_exps\\.weight");

  /** A table of expert numbers, not of weights. */
  private static final Pattern NUMBERS = Pattern.compile(".*tid2eid\\.weight");

  private TensorCheck() {}

  static void run(GgufHeader header) {
    if (header.tensors().isEmpty()) {
      throw GgufHeader.refusal(
          Kind.NOT_A_MODEL,
          header.file(),
          "holds no weights, only %s. Name the model itself."
              .formatted(header.vocabularySize() > 0 ? "a vocabulary" : "metadata"));
    }
    for (TensorInfo tensor : header.tensors()) {
      type(header, tensor);
      dimensions(header, tensor);
    }
  }

  private static void type(GgufHeader header, TensorInfo tensor) {
    boolean wrong =
        PLAIN_NUMBERS.matcher(tensor.name()).matches()
            ? tensor.type() != TensorType.F32
            : tensor.dimensions().size() > 1
                && !tensor.type().multiplies()
                && !NUMBERS.matcher(tensor.name()).matches();
    if (wrong) {
      throw GgufHeader.refusal(
          Kind.UNSUPPORTED,
          header.file(),
          "stores its tensor '%s' as %s, with which llama.cpp cannot compute. Get another file of this model."
              .formatted(tensor.name(), tensor.type()));
    }
  }

  private static void dimensions(GgufHeader header, TensorInfo tensor) {
    int most =
        TABLES.matcher(tensor.name()).matches()
            ? 2
            : EXPERTS.matcher(tensor.name()).matches() ? 3 : 4;
    if (tensor.dimensions().stream().skip(most).anyMatch(dimension -> dimension > 1)) {
      throw GgufHeader.refusal(
          Kind.DAMAGED,
          header.file(),
          "is damaged: its tensor '%s' has the dimensions %s, but can have only %d. Download it again."
              .formatted(tensor.name(), tensor.dimensions(), most));
    }
  }
}
