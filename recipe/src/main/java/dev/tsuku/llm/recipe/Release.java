package dev.tsuku.llm.recipe;

import java.util.List;

/**
 * One release of a project.
 *
 * @param tag such as {@code "v1.2.3"}
 * @param assets the names of its files
 */
public record Release(String tag, List<String> assets) {

  public Release {
    assets = List.copyOf(assets);
  }
}
