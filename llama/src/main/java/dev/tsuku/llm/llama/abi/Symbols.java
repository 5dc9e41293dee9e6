package dev.tsuku.llm.llama.abi;

import dev.tsuku.llm.engine.backend.BackendException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the C functions are. Bound once in the life of the process; thread-safe. */
public final class Symbols {

  private static volatile @Nullable SymbolLookup lookup;

  private Symbols() {}

  /** Makes the functions of this class's package callable. */
  public static void bind(SymbolLookup loaded) {
    lookup = loaded;
  }

  /** The address of a function, if the loaded libraries have it. */
  public static Optional<MemorySegment> find(String name) {
    SymbolLookup bound = lookup;
    if (bound == null) {
      throw new IllegalStateException("llama.cpp is not loaded yet; " + name + " was called");
    }
    return bound.find(name);
  }

  /**
   * The address of a function.
   *
   * @throws BackendException of kind {@code UNUSABLE} if the loaded libraries do not have it
   */
  static MemorySegment require(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new BackendException(
                    BackendException.Kind.UNUSABLE,
                    "The llama.cpp library has no function "
                        + name
                        + "; it is not the build that it says it is."));
  }
}
