package dev.tsuku.llm.models;

import dev.tsuku.llm.models.MemoryEstimate.Need;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How long a context is opened, and for how many requests, so that it fits the memory at hand.
 *
 * <p>Without a wish: as long as fits, at most {@link #MOST_TOKENS}, at least {@link #FEWEST_TOKENS}
 * or what the model was trained for; where {@link #TOKENS_WORTH_FEWER_BITS} do not fit, with keys
 * and values of 8 bits; and up to {@link #USUAL_SEQUENCES} sequences, fewer where each would have
 * little room. What the user sets is kept to.
 */
public sealed interface ContextChoice {

  /** The longest context that nobody asked for. */
  int MOST_TOKENS = 32_768;

  /** The shortest context that is of use. */
  int FEWEST_TOKENS = 2048;

  /** Requests at work at once, where nobody says how many. */
  int USUAL_SEQUENCES = 8;

  /** So many tokens are worth more than 16-bit keys and values; more are not. */
  int TOKENS_WORTH_FEWER_BITS = 8192;

  /** How much room a sequence should have for being one more. */
  int TOKENS_FOR_ONE = 1024;

  /** What a sequence takes even where its part is less. */
  int LEAST_FOR_ONE = 256;

  /**
   * It fits, or was asked for.
   *
   * @param contextTokens room for all sequences together
   * @param sequences requests at work at once
   * @param kvCacheType how keys and values are stored
   * @param need what it will take
   * @param fits whether the memory is there; if not, the user wants it all the same
   */
  record Chosen(int contextTokens, int sequences, KvCacheType kvCacheType, Need need, boolean fits)
      implements ContextChoice {

    /** In few words, for a log. */
    public String summary() {
      return String.format(
          Locale.ROOT,
          "context %d tokens, %d sequences, KV cache in %s, estimated %s"
              + " (weights %.1f, KV %.1f, compute %.1f)",
          contextTokens,
          sequences,
          kvCacheType.lowerCase(),
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
   * @param kvCacheType how keys and values are stored
   */
  record Wish(OptionalInt contextTokens, OptionalInt sequences, Optional<KvCacheType> kvCacheType) {

    /** Nothing. */
    public static final Wish NONE =
        new Wish(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());
  }

  /**
   * A model, and what comes with every context opened for it.
   *
   * @param name what a user calls it
   * @param trainedTokens the context it was trained for
   * @param headNumbers how many numbers the keys and values of a head have; each number once
   * @param estimate of its memory
   */
  record Model(String name, long trainedTokens, List<Long> headNumbers, MemoryEstimate estimate) {

    /** What a model in a file needs, with a context opened in the engine's way. */
    public static Model of(ModelFile file, int microBatchTokens) {
      return new Model(
          file.name(),
          file.header().contextLength().orElse(MOST_TOKENS),
          MemoryEstimate.headNumbers(file.header()),
          MemoryEstimate.of(file.header(), microBatchTokens));
    }

    private Need at(int contextTokens, int sequences, KvCacheType type) {
      // llama.cpp gives each sequence so many at least.
      return estimate.at(Math.max(contextTokens, sequences * LEAST_FOR_ONE), sequences, type);
    }

    /** Whether its keys and values are a number of whole blocks of this type. */
    private boolean takes(KvCacheType type) {
      return headNumbers.stream().allMatch(type::divides);
    }
  }

  /**
   * Chooses.
   *
   * @param memory what is at hand
   */
  static ContextChoice of(Model model, Wish wish, MachineMemory memory) {
    KvCacheType type = wish.kvCacheType().orElse(KvCacheType.F16);
    if (!model.takes(type)) {
      return new Refused(
          String.format(
              Locale.ROOT,
              "The model %s cannot store keys and values as %s: its heads are no number of whole"
                  + " blocks. Set kv_cache_type to f16.",
              model.name(),
              type.lowerCase()));
    }
    int most = useful(wish.contextTokens().orElse(MOST_TOKENS), model, wish);
    if (wish.contextTokens().isPresent()) {
      int sequences = sequences(most, model, wish);
      Need need = model.at(most, sequences, type);
      if (need.total() > memory.usableBytes() && maySave(model, wish)) {
        type = KvCacheType.Q8_0;
        need = model.at(most, sequences, type);
      }
      return new Chosen(most, sequences, type, need, need.total() <= memory.usableBytes());
    }
    int fewest = Math.min(FEWEST_TOKENS, most);
    Optional<Chosen> usual = longest(model, wish, memory, type, fewest, most);
    int worth = Math.min(most, TOKENS_WORTH_FEWER_BITS);
    if (maySave(model, wish) && usual.map(Chosen::contextTokens).orElse(0) < worth) {
      usual = longest(model, wish, memory, KvCacheType.Q8_0, fewest, worth);
    }
    if (usual.isPresent()) {
      return usual.get();
    }
    KvCacheType least = maySave(model, wish) ? KvCacheType.Q8_0 : type;
    return refused(model, fewest, model.at(fewest, sequences(fewest, model, wish), least), memory);
  }

  /** Whether fewer bits may be chosen: nobody has set how many, and the model has them. */
  private static boolean maySave(Model model, Wish wish) {
    return wish.kvCacheType().isEmpty() && model.takes(KvCacheType.Q8_0);
  }

  private static Optional<Chosen> longest(
      Model model, Wish wish, MachineMemory memory, KvCacheType type, int fewest, int most) {
    int tokens = most;
    while (true) {
      int sequences = sequences(tokens, model, wish);
      Need need = model.at(tokens, sequences, type);
      if (need.total() <= memory.usableBytes()) {
        return Optional.of(new Chosen(tokens, sequences, type, need, true));
      }
      if (tokens == fewest) {
        return Optional.empty();
      }
      tokens = Math.max(fewest, tokens - TOKENS_FOR_ONE);
    }
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
