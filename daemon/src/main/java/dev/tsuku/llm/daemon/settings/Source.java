package dev.tsuku.llm.daemon.settings;

import java.nio.file.Path;

/** Who said what a setting is to be. */
public sealed interface Source {

  /** In few words, as for a table: {@code "config.toml line 4"}. */
  String describe();

  /** Exactly, as a complaint begins. */
  default String place() {
    return describe();
  }

  /** An option of the command line, such as {@code --idle-timeout}. */
  record Flag(String name) implements Source {
    @Override
    public String describe() {
      return name;
    }
  }

  /** A variable of the environment. */
  record Variable(String name) implements Source {
    @Override
    public String describe() {
      return name;
    }
  }

  /** A key in a file; lines count from 1. */
  record Line(Path file, int line, String key) implements Source {
    @Override
    public String describe() {
      return file.getFileName() + " line " + line;
    }

    @Override
    public String place() {
      return file + ", line " + line + ", " + key;
    }
  }

  /** Nobody. */
  record Default() implements Source {
    @Override
    public String describe() {
      return "default";
    }
  }
}
