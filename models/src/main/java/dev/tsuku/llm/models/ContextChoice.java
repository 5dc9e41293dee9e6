package dev.tsuku.llm.models;

import dev.tsuku.llm.models.MemoryEstimate.Need;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * How long a context is opened, and for how many requests, so that it fits the memory at hand.
 *
 * <p>Without a wish: as long as fits, at most {@link #MOST_TOKENS}, at least {@link #FEWEST_TOKENS}
 * or what the model was trained for; and up to {@link #USUAL_SEQUENCES} sequences, fewer where each
 * would have little room. What the user sets is kept to.
 */
public sealed interface ContextChoice {

  /** The longest context that nobody asked for. */
  int MOST_TOKENS = 32_768;

  /** The shortest context that is of use. */
  int FEWEST_TOKENS = 2048;

  /** Requests at work at once, where nobody says how many. */
  int USUAL_SEQUENCES = 8;

  /** How much room a sequence should have for being one more. */
  int TOKENS_FOR_ONE = 1024;

  /** What a sequence takes even where its part is less. */
  int LEAST_FOR_ONE = 256;

  /**
   * It fits, or was asked for.
   *
   * @param contextTokens room for all sequences together
   * @param sequences requests at work at once
   * @param need what it will take
   * @param fits whether the memory is there; if not, the user wants it all the same
   */
  record Chosen(int contextTokens, int sequences, Need need, boolean fits)
      implements ContextChoice {

    /** In few words, for a log. */
    public String summary() {
      return String.format(
          Locale.ROOT,
          "context %d tokens, %d sequences, estimated %s (weights %.1f, KV %.1f, compute %.1f)",
          contextTokens,
          sequences,
          MachineMemory.gibibytes(need.total()),
          MachineMemory.inGibibytes(need.weights()),
          MachineMemory.inGibibytes(need.context()),
          MachineMemory.inGibibytes(need.compute()));
    }
  }

  /**
   * It does not fit.
   *
   * @param sentence what is needed, what is there, and what to do
   */
  record Refused(String sentence) implements ContextChoice {}

  /**
   * What the user set.
   *
   * @param contextTokens room for all sequences together
   * @param sequences requests at work at once
   */
  record Wish(OptionalInt contextTokens, OptionalInt sequences) {

    /** Nothing. */
    public static final Wish NONE = new Wish(OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * A model, and what comes with every context opened for it.
   *
   * @param name what a user calls it
   * @param trainedTokens the context it was trained for
   * @param estimate of its memory
   */
  record Model(String name, long trainedTokens, MemoryEstimate estimate) {

    /** What a model in a file needs, with a context opened in the engine's way. */
    public static Model of(ModelFile file, int microBatchTokens) {
      return new Model(
          file.name(),
          file.header().contextLength().orElse(MOST_TOKENS),
          MemoryEstimate.of(file.header(), microBatchTokens));
    }

    private Need at(int contextTokens, int sequences) {
      // llama.cpp gives each sequence so many at least.
      return estimate.at(Math.max(contextTokens, sequences * LEAST_FOR_ONE), sequences);
    }
  }

  /**
   * Chooses.
   *
   * @param memory what is at hand
   */
  static ContextChoice of(Model model, Wish wish, MachineMemory memory) {
    int most = useful(wish.contextTokens().orElse(MOST_TOKENS), model, wish);
    if (wish.contextTokens().isPresent()) {
      int sequences = sequences(most, model, wish);
      Need need = model.at(most, sequences);
      return new Chosen(most, sequences, need, need.total() <= memory.usableBytes());
    }
    int fewest = Math.min(FEWEST_TOKENS, most);
    for (int tokens = most; tokens >= fewest; tokens -= TOKENS_FOR_ONE) {
      int sequences = sequences(tokens, model, wish);
      Need need = model.at(tokens, sequences);
      if (need.total() <= memory.usableBytes()) {
        return new Chosen(tokens, sequences, need, true);
      }
    }
    return refused(model, fewest, model.at(fewest, sequences(fewest, model, wish)), memory);
  }

  /** More than all requests together can fill is of no use. */
  private static int useful(int tokens, Model model, Wish wish) {
    long all = model.trainedTokens() * wish.sequences().orElse(USUAL_SEQUENCES);
    return (int) Math.min(tokens, Math.max(1, all));
  }

  private static int sequences(int tokens, Model model, Wish wish) {
    long room = Math.clamp(model.trainedTokens(), 1, TOKENS_FOR_ONE);
    return wish.sequences().orElse(Math.clamp(tokens / room, 1, USUAL_SEQUENCES));
  }

  private static Refused refused(Model model, int tokens, Need need, MachineMemory memory) {
    return new Refused(
        String.format(
            Locale.ROOT,
            "The model %s needs %s for its weights and %s for the smallest useful context of %,d tokens;"
                + " of %s, %s are free, of which %s are left to the system."
                + " Choose a smaller model, close other programs, or set TSUKU_LLM_CONTEXT to a number of"
                + " tokens to try it all the same.",
            model.name(),
            MachineMemory.gibibytes(need.weights()),
            MachineMemory.gibibytes(need.context() + need.compute()),
            tokens,
            memory.what(),
            MachineMemory.gibibytes(memory.freeBytes()),
            MachineMemory.gibibytes(memory.reserveBytes())));
  }
}
