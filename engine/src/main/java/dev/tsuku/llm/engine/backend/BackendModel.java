package dev.tsuku.llm.engine.backend;

import java.util.Optional;

/**
 * Loaded weights and their vocabulary. Owned by whoever loaded it until a decode thread takes it
 * over; closed once, after every context opened from it.
 */
public interface BackendModel extends AutoCloseable {

  Vocabulary vocabulary();

  /** The context length the model was trained for, in tokens. */
  int trainedContextTokens();

  /** The chat template that the model's file carries, as Jinja source. */
  Optional<String> chatTemplate();

  /** The value of a key in the model file's metadata, as text; arrays are absent. */
  Optional<String> metadata(String key);

  /** A short description for people, such as {@code "qwen2 0.5B Q4_K - Medium"}. */
  String description();

  /** Size of all tensors in bytes. */
  long sizeBytes();

  /**
   * Opens a context: memory for sequences of tokens, and the buffers to compute them.
   *
   * @throws BackendException of kind {@code CONTEXT_FAILED} if the memory for it cannot be had
   */
  BackendContext open(ContextSettings settings);

  /** Idempotent. Fails with an {@link IllegalStateException} while contexts are open. */
  @Override
  void close();
}
