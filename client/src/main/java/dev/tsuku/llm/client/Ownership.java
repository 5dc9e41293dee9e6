package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose a home is. A daemon lets only its own user in, root no more than others, so another user
 * gets nowhere however often they try; here they are told so. Asked when something has failed or is
 * about to be started, never on the way of a call that works. Immutable and thread-safe.
 *
 * @param home whose owner matters
 */
record Ownership(Home home) {

  private static final int ROOT = 0;

  /** A user of this machine, as the owner of a file. */
  private record User(String name, int uid) {

    /** Who owns a file, or what a link leads to; empty if that cannot be seen. */
    static Optional<User> owning(Path file) {
      try {
        Map<String, Object> seen = Files.readAttributes(file, "unix:uid,owner");
        return seen.get("uid") instanceof Integer uid
                && seen.get("owner") instanceof UserPrincipal owner
            ? Optional.of(new User(owner.getName(), uid))
            : Optional.empty();
      } catch (IOException | UnsupportedOperationException e) {
        return Optional.empty();
      }
    }

    /** Who this process is: whoever owns the files that it makes. */
    static Optional<User> current() {
      try {
        Path file = Files.createTempFile("tsuku-llm-user", null);
        try {
          return owning(file);
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      String number = Integer.toUnsignedString(uid);
      return name.equals(number) ? "user " + number : "user " + name + " (uid " + number + ")";
    }
  }

  /**
   * After a daemon has hung up without a word.
   *
   * @throws ClientException of kind {@code FORBIDDEN} if it is another user's
   */
  void requireOwnDaemon(ClientException cut) {
    Optional<User> owner = User.owning(home.socket());
    Optional<User> self = owner.flatMap(_ -> User.current());
    if (self.isPresent() && owner.orElseThrow().uid() != self.get().uid()) {
      throw forbidden(
          "The daemon in " + home.directory(), owner.get(), "you are " + self.get(), cut);
    }
  }

  /**
   * After nobody could be connected to.
   *
   * @throws ClientException of kind {@code FORBIDDEN} if that is because this user may not
   */
  void requireAccess() {
    Path socket = home.socket();
    // The second is what a killed daemon leaves.
    if (Files.notExists(socket) || Files.isWritable(socket)) {
      return;
    }
    boolean found = Files.exists(socket);
    Path barrier = found ? socket : nearest(home.directory());
    requirePassage(found ? "The socket " + barrier : "The directory " + barrier, barrier);
  }

  private static void requirePassage(String subject, Path barrier) {
    Optional<User> owner = User.owning(barrier);
    Optional<User> self = User.current();
    if (owner.isEmpty() || owner.equals(self)) {
      throw new ClientException(
          Kind.FORBIDDEN,
          subject + " may not be used. 'ls -ld " + barrier + "' shows its owner and its mode.");
    }
    String reader =
        self.map(user -> "you are " + user + " and may not use it").orElse("you may not use it");
    throw forbidden(subject, owner.get(), reader, null);
  }

  /**
   * Before a daemon is started.
   *
   * @throws ClientException of kind {@code FORBIDDEN} if it could not work in another user's home,
   *     or could and, being root's, would leave files there that lock that user out
   */
  void requireOwnToStart() {
    Path directory = nearest(home.directory());
    boolean writable = Files.isWritable(directory);
    Optional<User> owner = User.owning(directory);
    Optional<User> self = owner.flatMap(_ -> User.current());
    if (self.isEmpty() || owner.equals(self) || (writable && self.get().uid() != ROOT)) {
      return;
    }
    throw forbidden(
        "The directory " + directory,
        owner.orElseThrow(),
        writable
            ? "you are " + self.get() + ", and a daemon of yours would lock its owner out"
            : "you are " + self.get() + " and may not write there",
        null);
  }

  /** The directory itself if it can be seen, else the nearest above it that can. */
  private static Path nearest(Path directory) {
    Path path = directory;
    while (!Files.exists(path) && path.getParent() != null) {
      path = path.getParent();
    }
    return path;
  }

  private static ClientException forbidden(
      String subject, User owner, String reader, @Nullable Throwable cause) {
    return new ClientException(
        Kind.FORBIDDEN,
        subject
            + " belongs to "
            + owner
            + "; "
            + reader
            + ". Run this as user "
            + owner.name()
            + ", or set "
            + Home.VARIABLE
            + " to a directory of your own.",
        cause);
  }
}
