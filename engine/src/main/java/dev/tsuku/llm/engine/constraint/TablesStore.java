package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.util.Optional;

/**
 * Where the tables of one model's vocabulary outlive the engine. Used by one thread at a time.
 *
 * <p>Nothing here throws: what cannot be had is made anew, and what cannot be kept is lost.
 */
public interface TablesStore extends AutoCloseable {

  /** Keeps nothing. */
  TablesStore NONE =
      new TablesStore() {
        @Override
        public Optional<VocabularyTables> load(int size) {
          return Optional.empty();
        }

        @Override
        public void save(VocabularyTables tables) {
          // They are made again by the next engine.
        }

        @Override
        public void close() {
          // There is nothing to wait for.
        }
      };

  /**
   * The tables as they were saved; empty if there are none, or none that can be trusted.
   *
   * @param size how many tokens the vocabulary has
   */
  Optional<VocabularyTables> load(int size);

  /** Keeps tables that {@link #load} did not have. Returns at once; they are written later. */
  void save(VocabularyTables tables);

  /** Waits a moment for what is being written. */
  @Override
  void close();
}
