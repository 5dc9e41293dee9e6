package dev.tsuku.llm.daemon.socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a file may be used by this user's daemon. Whoever owns a file, or the place that a link
 * leads to, decides what is in it: so the daemon's own files are neither links nor another user's.
 * Thread-safe.
 */
public final class FileOwner {

  private static final int ROOT = 0;

  private FileOwner() {}

  /**
   * Why the daemon may not write at a path: what lies there is a symbolic link, or another user's.
   *
   * @return the end of a sentence; empty also if nothing lies there, or that cannot be seen
   */
  public static Optional<String> objection(Path path) {
    return Files.isSymbolicLink(path)
        ? Optional.of("it is a symbolic link")
        : owner(path, LinkOption.NOFOLLOW_LINKS)
            .filter(owner -> owner.uid() != PosixProcess.userId())
            .map(Owner::sentence);
  }

  /**
   * Why the daemon may not rely on what is there, a link followed: it is another user's, and
   * neither that user nor this one is root, who may do everything anyway.
   *
   * @return the end of a sentence; empty also if nothing lies there, or that cannot be seen
   */
  public static Optional<String> objectionToReading(Path path) {
    return owner(path)
        .filter(owner -> owner.uid() != ROOT && PosixProcess.userId() != ROOT)
        .filter(owner -> owner.uid() != PosixProcess.userId())
        .map(Owner::sentence);
  }

  private record Owner(int uid, String name) {

    String sentence() {
      return "it belongs to user "
          + name
          + (name.equals(Integer.toString(uid)) ? "" : " (uid " + uid + ")");
    }
  }

  private static Optional<Owner> owner(Path path, LinkOption... options) {
    try {
      Map<String, Object> seen = Files.readAttributes(path, "unix:uid,owner", options);
      return seen.get("uid") instanceof Integer uid
              && seen.get("owner") instanceof UserPrincipal owner
          ? Optional.of(new Owner(uid, owner.getName()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
