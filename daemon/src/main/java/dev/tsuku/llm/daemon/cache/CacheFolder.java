package dev.tsuku.llm.daemon.cache;

import dev.tsuku.llm.daemon.socket.FileOwner;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A folder of the cache, as whoever has no daemon sees it. A running daemon takes what is gone for
 * not there. What is in it may have been computed from prompts: the folders are 0700 and the files
 * 0600, and where one of the folders is a link or another user's, nothing is read, written or
 * removed.
 *
 * @param top the uppermost folder that is the cache's; need not exist
 * @param directory where the files are, in {@code top} or the same; need not exist
 * @param suffix what the names of the files end with that count; others were left half-written, or
 *     note something
 */
public record CacheFolder(Path top, Path directory, String suffix) {

  /** What the name of a block of a computed prefix ends with. */
  public static final String PREFIX_SUFFIX = ".kv";

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  /** Where computed prefixes are kept. */
  public static CacheFolder ofPrefixes(Home home) {
    return new CacheFolder(home.cache(), home.prefixes(), PREFIX_SUFFIX);
  }

  /** Where the tables of vocabularies are kept. */
  public static CacheFolder ofTables(Home home) {
    return new CacheFolder(home.cache(), home.tables(), ".tables");
  }

  /**
   * A file of it.
   *
   * @param usedMillis when it was of use last, in Unix time; what depends on others counts as used
   *     a little earlier
   */
  public record Entry(Path file, long bytes, long usedMillis) {}

  /**
   * What it holds.
   *
   * @param files how many that count
   */
  public record Contents(int files, long bytes) {}

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

  /**
   * The files that count.
   *
   * @throws IOException if it cannot be read
   */
  public List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path file : files()) {
      if (file.toString().endsWith(suffix)) {
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

  /**
   * Everything in it but folders.
   *
   * @throws IOException if it cannot be read
   */
  public List<Path> files() throws IOException {
    requireOwn();
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

  /**
   * Makes the folders if they are missing, and closes them to others where they are not.
   *
   * @throws IOException if that cannot be
   */
  public void make() throws IOException {
    requireOwn();
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(FOLDER));
    requireOwn();
    for (Path folder : folders()) {
      restrict(folder, FOLDER);
    }
  }

  /**
   * Closes what is there to others: what an earlier version has left more open.
   *
   * @throws IOException if that cannot be
   */
  public void restrict() throws IOException {
    requireOwn();
    for (Path folder : folders()) {
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        restrict(folder, FOLDER);
      }
    }
    for (Path file : files()) {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        restrict(file, FILE);
      }
    }
  }

  private static void restrict(Path path, Set<PosixFilePermission> wanted) throws IOException {
    try {
      restrictExisting(path, wanted);
    } catch (NoSuchFileException e) {
      // Another process has removed or renamed it.
    }
  }

  private static void restrictExisting(Path path, Set<PosixFilePermission> wanted)
      throws IOException {
    if (!Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS).equals(wanted)) {
      // Of what lies there, even if that has become a link in the meantime.
      Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(wanted);
    }
  }

  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    for (Path folder = directory;
        folder != null && folder.startsWith(top);
        folder = folder.getParent()) {
      folders.add(folder);
    }
    return folders;
  }

  /**
   * Why it is not used; empty if it is.
   *
   * @return a sentence without its full stop
   */
  public Optional<String> objection() {
    return folders().stream()
        .flatMap(
            folder ->
                FileOwner.objection(folder).map(why -> folder + " is not used: " + why).stream())
        .findFirst();
  }

  private void requireOwn() throws IOException {
    Optional<String> objection = objection();
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
  }
}
