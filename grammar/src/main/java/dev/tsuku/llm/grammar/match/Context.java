package dev.tsuku.llm.grammar.match;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is the same all over a value.
 *
 * @param spacing what stands behind commas and colons
 * @param shared what all positions have in common
 * @param recorded what was written since an array began whose items must differ; null outside
 * @param tool whose arguments this is, as the index of a tool; {@link #NO_TOOL} outside of them
 */
record Context(Spacing spacing, Shared shared, @Nullable Recorded recorded, int tool) {

  static final int NO_TOOL = -1;

  /** White space behind commas and colons. */
  enum Spacing {
    UNDECIDED,
    NONE,
    SPACE
  }

  /** A byte behind others. */
  record Recorded(@Nullable Recorded before, int value, int length) {}

  Context after(int b) {
    return recorded == null
        ? this
        : new Context(spacing, shared, new Recorded(recorded, b, recorded.length() + 1), tool);
  }

  Context spaced(Spacing decided) {
    return new Context(decided, shared, recorded, tool);
  }

  Context recording(boolean begins) {
    return new Context(spacing, shared, begins ? new Recorded(null, 0, 0) : null, tool);
  }

  Context ofTool(int index) {
    return new Context(spacing, shared, recorded, index);
  }

  /** How much is recorded. */
  int length() {
    return recorded == null ? 0 : recorded.length();
  }

  /** What was recorded from some length on. */
  String since(int length) {
    ByteArrayOutputStream reversed = new ByteArrayOutputStream();
    for (Recorded at = recorded; at != null && at.length() > length; at = at.before()) {
      reversed.write(at.value());
    }
    byte[] bytes = reversed.toByteArray();
    for (int i = 0; i < bytes.length / 2; i++) {
      byte other = bytes[i];
      bytes[i] = bytes[bytes.length - 1 - i];
      bytes[bytes.length - 1 - i] = other;
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
