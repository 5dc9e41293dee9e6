package dev.tsuku.llm.daemon.prefixes;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * The folder of kept prefixes, as whoever has no daemon sees it. A running daemon takes what is
 * gone for not there.
 *
 * @param directory need not exist
 */
public record CacheFolder(Path directory) {

  /**
   * A file of it.
   *
   * @param usedMillis when it was of use last, in Unix time; what depends on others counts as used
   *     a little earlier
   */
  record Entry(Path file, long bytes, long usedMillis) {}

  /**
   * What it holds.
   *
   * @param blocks how many
   */
  public record Contents(int blocks, long bytes) {}

  /**
   * What is in it.
   *
   * @throws IOException if it cannot be read
   */
  public Contents contents() throws IOException {
    List<Entry> entries = entries();
    return new Contents(entries.size(), entries.stream().mapToLong(Entry::bytes).sum());
  }

  /**
   * Removes everything in it.
   *
   * @return what that was
   * @throws IOException if something cannot be removed
   */
  public Contents clear() throws IOException {
    Contents contents = contents();
    for (Path file : files()) {
      Files.deleteIfExists(file);
    }
    return contents;
  }

  /** The blocks; what else is there is none of ours, or was left half-written. */
  List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path file : files()) {
      if (file.toString().endsWith(BlockFile.SUFFIX)) {
        try {
          BasicFileAttributes attributes =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime().toMillis()));
        } catch (NoSuchFileException e) {
          // It has just been removed.
        }
      }
    }
    return entries;
  }

  /** Everything in it but folders. */
  List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return files;
    }
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            directory, path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
      all.forEach(files::add);
    }
    return files;
  }
}
