package dev.tsuku.llm.recipe;

import java.util.List;

/**
 * A project and its releases.
 *
 * @param repository {@code owner/name}; may be empty
 * @param description one line; may be empty
 * @param releases newest first; at least one of them has assets
 * @param readme text, usually Markdown; may be empty
 */
public record Project(
    String repository, String description, List<Release> releases, String readme) {

  public Project {
    releases = List.copyOf(releases);
    if (releases.stream().allMatch(release -> release.assets().isEmpty())) {
      throw new IllegalArgumentException("A project has a release with assets.");
    }
  }

  /** The newest release that has assets. */
  public Release newest() {
    return releases.stream()
        .filter(release -> !release.assets().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  /** The project with its newest release that has assets and no others. */
  public Project withNewestOnly() {
    return new Project(repository, description, List.of(newest()), readme);
  }
}
