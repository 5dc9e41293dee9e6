package dev.tsuku.llm.engine.constraint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.grammar.mask.TextMasks;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a model's vocabulary: read from a {@link TablesStore} or made by the first answer
 * that needs them, and then in memory. Thread-safe.
 */
final class ModelTables {

  private static final Logger LOG = System.getLogger(ModelTables.class.getName());

  private static final long NANOS_A_MILLI = 1_000_000;

  private final Vocabulary vocabulary;
  private final TablesStore store;
  private final ReentrantLock making = new ReentrantLock();

  @GuardedBy("making")
  private @Nullable Tables tables;

  /**
   * What is the same for all answers of a model.
   *
   * @param ends the tokens with which it ends its answers
   */
  record Tables(TextMasks texts, List<Integer> ends) {}

  ModelTables(Vocabulary vocabulary, TablesStore store) {
    this.vocabulary = vocabulary;
    this.store = store;
  }

  /**
   * The tables. Who asks while they are being read or made waits for them.
   *
   * @throws EngineException of kind {@code CLOSED} if the thread is interrupted before they are
   *     made
   */
  Tables tables() {
    making.lock();
    try {
      Tables known = tables;
      if (known == null) {
        VocabularyTables found = find();
        known = new Tables(new TextMasks(found.texts()), found.ends());
        tables = known;
      }
      return known;
    } finally {
      making.unlock();
    }
  }

  private VocabularyTables find() {
    long start = System.nanoTime();
    Optional<VocabularyTables> kept = store.load(vocabulary.size());
    VocabularyTables found = kept.orElseGet(this::make);
    LOG.log(
        Level.INFO,
        "tables of {0} tokens {1} in {2} ms",
        Integer.toString(vocabulary.size()),
        kept.isPresent() ? "read from disk" : "made",
        Long.toString((System.nanoTime() - start) / NANOS_A_MILLI));
    if (kept.isEmpty()) {
      store.save(found);
    }
    return found;
  }

  private VocabularyTables make() {
    byte[][] bytes = vocabulary.textBytes();
    // What is text ends no answer, and only the others are asked one by one.
    List<Integer> ends =
        IntStream.range(0, bytes.length)
            .filter(token -> bytes[token].length == 0 && vocabulary.endsGeneration(token))
            .boxed()
            .toList();
    if (Thread.currentThread().isInterrupted()) {
      throw new EngineException(EngineException.Kind.CLOSED, "The model is being unloaded.");
    }
    return new VocabularyTables(TextTokens.of(bytes), ends);
  }
}
