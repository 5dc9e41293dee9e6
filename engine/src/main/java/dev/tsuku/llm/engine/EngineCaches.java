package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.engine.prefix.PrefixStore;

/**
 * What outlives an engine and spares the next one work. The engine closes both.
 *
 * @param prefixes opens where computed prefixes are
 * @param tables where the tables of the vocabulary are
 */
public record EngineCaches(PrefixStore.Opener prefixes, TablesStore tables) {

  /** Keeps nothing. */
  public static final EngineCaches NONE =
      new EngineCaches(stateForm -> PrefixStore.NONE, TablesStore.NONE);

  /** Keeps computed prefixes only. */
  public static EngineCaches of(PrefixStore.Opener prefixes) {
    return new EngineCaches(prefixes, TablesStore.NONE);
  }
}
