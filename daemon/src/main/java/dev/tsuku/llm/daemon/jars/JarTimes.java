package dev.tsuku.llm.daemon.jars;

import dev.tsuku.llm.daemon.socket.FileOwner;
import dev.tsuku.llm.daemon.threads.Background;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives the program's jars the time of writing that the caches of classes expect: in place, or in a
 * copy in the home where this user may not write. The launcher takes such a copy as long as it is
 * newer than the program's own jars. Only jars with the contents that the build noted are touched
 * or copied, so no cache is ever used for other classes than its own. Used by one thread.
 */
public final class JarTimes {

  private static final Logger LOG = System.getLogger("dev.tsuku.llm.daemon");

  /** Copies for so many builds are kept; each takes 14 MiB. */
  private static final int MOST_COPIES = 2;

  private static final String UNFINISHED = ".new-";

  private final Path app;
  private final Path copies;

  /**
   * The jars of one program.
   *
   * @param app the program's directory
   * @param copies where copies are kept, a directory for each build; need not exist, nor need the
   *     directory that it is in, which is the daemon's own as well
   */
  JarTimes(Path app, Path copies) {
    this.app = app;
    this.copies = copies;
  }

  /**
   * Looks after the jars on a thread of its own, which no exit waits for.
   *
   * @param launcher the program's script, {@code bin/tsuku-llm} in its directory
   */
  public static void keepInBackground(Path launcher, Path copies) {
    Path bin = launcher.toAbsolutePath().getParent();
    if (bin != null && bin.getParent() != null) {
      JarTimes times = new JarTimes(bin.getParent(), copies);
      Background.start("jar-times", times::keep);
    }
  }

  /** Does what is to be done, if anything; what goes wrong costs later starts some time. */
  void keep() {
    try {
      if (Files.isReadable(app.resolve("cache/jars"))) {
        keep(JarList.read(app.resolve("cache/jars")), app.resolve("lib"));
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(
          Level.INFO, "the cache of classes stays unused, and starts take longer: {0}", reason(e));
    }
  }

  /** What happened, without the names of classes. */
  private static String reason(Exception e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + " is missing";
      case AccessDeniedException denied -> denied.getFile() + " may not be used";
      default -> String.valueOf(e.getMessage());
    };
  }

  private void keep(JarList list, Path jars) throws IOException {
    if (list.hasTimesOf(jars)) {
      return;
    }
    Path copy = copies.resolve(Files.readString(app.resolve("cache/id")).strip());
    if (isUsable(list, copy, jars)) {
      return;
    }
    if (!list.hasContentsOf(jars)) {
      LOG.log(
          Level.INFO,
          "the jars in {0} are not those of its build; starts take longer without the"
              + " cache of classes",
          jars);
      return;
    }
    try {
      for (String name : list.digests().keySet()) {
        Files.setLastModifiedTime(jars.resolve(name), list.written());
      }
      LOG.log(Level.INFO, "restored the times of the jars in {0}, for quick starts", jars);
    } catch (IOException e) {
      copy(list, jars, copy);
      LOG.log(Level.INFO, "copied the jars of {0} to {1}, for quick starts", app, copy);
    }
  }

  /** Whether the launcher takes a copy: as it looks at it, and then what the JVM looks at. */
  private static boolean isUsable(JarList list, Path copy, Path jars) throws IOException {
    if (!Files.isDirectory(copy, LinkOption.NOFOLLOW_LINKS) || !list.hasTimesOf(copy)) {
      return false;
    }
    FileTime made = Files.getLastModifiedTime(copy);
    if (Files.getLastModifiedTime(jars).compareTo(made) > 0) {
      return false;
    }
    for (String name : list.digests().keySet()) {
      if (Files.getLastModifiedTime(jars.resolve(name)).compareTo(made) > 0) {
        return false;
      }
    }
    return true;
  }

  /** Copies the jars, whole or not at all. */
  void copy(JarList list, Path jars, Path copy) throws IOException {
    var ownersOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    requireOwn(copies.getParent());
    requireOwn(copies);
    Files.createDirectories(copies, ownersOnly);
    removeAllBut(copy);
    Path unfinished = Files.createTempDirectory(copies, UNFINISHED, ownersOnly);
    try {
      for (String name : list.digests().keySet()) {
        Path jar = Files.copy(jars.resolve(name), unfinished.resolve(name));
        Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-------"));
        Files.setLastModifiedTime(jar, list.written());
      }
      if (!list.hasContentsOf(unfinished)) {
        throw new IOException("the jars in " + jars + " changed while they were copied");
      }
      Files.setLastModifiedTime(unfinished, FileTime.fromMillis(System.currentTimeMillis()));
      remove(copy);
      Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      remove(unfinished);
      throw e;
    }
  }

  /** Whoever owns a folder, or the place that a link leads to, could exchange what is in it. */
  private void requireOwn(@Nullable Path folder) throws IOException {
    Optional<String> objection = folder == null ? Optional.empty() : FileOwner.objection(folder);
    if (objection.isPresent()) {
      throw new IOException(
          "no jars are copied to " + copies + ", because of " + folder + ": " + objection.get());
    }
  }

  /** Makes room: what is not finished, and the oldest copies of other builds. */
  private void removeAllBut(Path copy) throws IOException {
    List<Path> others = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(copies)) {
      for (Path entry : all) {
        if (entry.getFileName().toString().startsWith(UNFINISHED)) {
          remove(entry);
        } else if (!entry.equals(copy)) {
          others.add(entry);
        }
      }
    }
    others.sort(Comparator.comparing(JarTimes::made).reversed());
    for (Path old : others.subList(Math.min(MOST_COPIES - 1, others.size()), others.size())) {
      remove(old);
    }
  }

  private static FileTime made(Path directory) {
    try {
      return Files.getLastModifiedTime(directory, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
    }
    Files.deleteIfExists(directory);
  }
}
