package dev.tsuku.llm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A directory for one test, private to this user, gone afterwards. Its path has some twelve bytes,
 * because that of a Unix socket in it may not have more than a hundred.
 *
 * <pre>{@code
 * @RegisterExtension final ShortDirectory home = new ShortDirectory();
 * }</pre>
 *
 * <p>Outside of JUnit, {@link #open} and {@link #close} do the same.
 */
public final class ShortDirectory implements BeforeEachCallback, AfterEachCallback, AutoCloseable {

  private @Nullable Path path;

  /** A directory that exists until it is closed. */
  public static ShortDirectory open() {
    ShortDirectory directory = new ShortDirectory();
    directory.path = created();
    return directory;
  }

  /** Where it is. */
  public Path path() {
    Path current = path;
    if (current == null) {
      throw new IllegalStateException("the short directory exists only while a test runs");
    }
    return current;
  }

  /** A path in it. */
  public Path resolve(String name) {
    return path().resolve(name);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    path = created();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close();
  }

  /** Deletes it with everything in it; links are deleted, not followed. Idempotent. */
  @Override
  public void close() {
    Path current = path;
    path = null;
    if (current == null) {
      return;
    }
    try {
      Files.walkFileTree(current, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + current, e);
    }
  }

  private static Path created() {
    // java.io.tmpdir can be long, above all on macOS.
    Path parent = Files.isDirectory(Path.of("/tmp")) ? Path.of("/tmp") : temporary();
    while (true) {
      int number = ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36 * 36);
      try {
        return create(parent.resolve("t" + Integer.toString(number, 36)));
      } catch (FileAlreadyExistsException e) {
        // Another test has it; take another name.
      } catch (IOException e) {
        throw new UncheckedIOException("cannot make a directory in " + parent, e);
      }
    }
  }

  private static Path create(Path directory) throws IOException {
    return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
        : Files.createDirectory(directory);
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.delete(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
