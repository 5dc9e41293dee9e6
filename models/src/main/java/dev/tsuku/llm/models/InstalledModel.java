package dev.tsuku.llm.models;

import java.nio.file.Path;

/** A model in the store, and whether it can be used. */
public sealed interface InstalledModel {

  /** What it is called. */
  String name();

  /** Its file, or the first of several. */
  Path path();

  /** A model that can be loaded. */
  record Usable(ModelFile file) implements InstalledModel {
    @Override
    public String name() {
      return file.name();
    }

    @Override
    public Path path() {
      return file.path();
    }
  }

  /**
   * A file that is named like a model, but cannot be loaded.
   *
   * @param trouble why not
   */
  record Unusable(String name, Path path, ModelException trouble) implements InstalledModel {}
}
