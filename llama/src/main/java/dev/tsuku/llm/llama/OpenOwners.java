package dev.tsuku.llm.llama;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects that hold native memory now. Every owner enters when it has opened and leaves when it
 * has closed; tests end by looking that nobody was left. Thread-safe.
 */
final class OpenOwners {

  private static final Set<Object> OPEN = ConcurrentHashMap.newKeySet();

  private OpenOwners() {}

  static void enter(Object owner) {
    OPEN.add(owner);
  }

  static void leave(Object owner) {
    OPEN.remove(owner);
  }

  /** The owners that are open, each as it describes itself. */
  static List<String> descriptions() {
    return OPEN.stream().map(Object::toString).sorted().toList();
  }
}
