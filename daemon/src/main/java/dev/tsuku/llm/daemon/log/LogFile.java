package dev.tsuku.llm.daemon.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.daemon.socket.FileOwner;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A log file of bounded size, readable by its owner only: when it is full it becomes {@code
 * llm.log.1}, in place of an older one, and a new one begins. So it does with the next line after
 * somebody has removed or renamed the file. A symbolic link and another user's file are refused.
 * Nothing goes to the terminal. A log that cannot be written is no reason to stop working, so
 * failures are swallowed after the first attempt to open it.
 *
 * <p>{@code java.util.logging}'s own file handler will not do: it leaves a lock file beside the
 * log, and it numbers the current file.
 */
public final class LogFile extends Handler {

  /** Of each of the two files. */
  private static final long MAX_BYTES = 1 << 20;

  /**
   * What these warn of says nothing: at every connection, that Unix sockets know no keep-alive; and
   * every message that a client has framed wrongly, which is answered and noted elsewhere.
   */
  private static final Set<String> NOISE =
      Set.of("io.netty.bootstrap.ServerBootstrap", "io.grpc.netty.NettyServerStream");

  /** Where these fail, a client has caused it mostly, and their stack says nothing of it. */
  private static final Pattern TRANSPORT = Pattern.compile("io\\.(grpc|netty)\\.");

  private static final int MAX_CAUSE_CHARS = 300;

  private final Path path;

  @GuardedBy("this")
  private final Repeats repeats = new Repeats();

  @GuardedBy("this")
  private OutputStream out = OutputStream.nullOutputStream();

  @GuardedBy("this")
  private @Nullable Object identity;

  @GuardedBy("this")
  private long bytes;

  @GuardedBy("this")
  private boolean owned;

  @GuardedBy("this")
  private boolean closed;

  private LogFile(Path path) throws IOException {
    this.path = path;
    open();
  }

  /** From now on nothing that is logged goes anywhere; above all not to the terminal. */
  public static void silence() {
    LogManager.getLogManager().reset();
  }

  /**
   * From now on everything that is logged goes to this file and nowhere else.
   *
   * @throws IOException if it cannot be opened
   */
  public static LogFile install(Path path) throws IOException {
    LogFile file = new LogFile(path);
    silence();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.INFO);
    root.addHandler(file);
    return file;
  }

  /**
   * From now on the file may be renamed when it is full. Until then it may be another daemon's, who
   * would go on writing to the renamed one; and what does not fit is dropped.
   */
  public synchronized void own() {
    owned = true;
  }

  /** Opens the file at the path, which is made if there is none, and notes which one it is. */
  @GuardedBy("this")
  private void open() throws IOException {
    Optional<String> objection = FileOwner.objection(path);
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      // A pipe would keep the daemon waiting for somebody who reads it.
      throw new IOException("it is no regular file");
    }
    if (!Files.exists(path)) {
      try {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (FileAlreadyExistsException e) {
        // Another daemon starts at the same time; one of the two will lose the lock.
      }
    }
    OutputStream opened =
        Files.newOutputStream(path, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    closeFile();
    out = opened;
    bytes = Files.size(path);
    identity = identityOfFile();
  }

  /** Which file lies at the path; null if none does. */
  private @Nullable Object identityOfFile() throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public synchronized void publish(LogRecord record) {
    if (!isLoggable(record) || isNoise(record) || closed) {
      return;
    }
    Instant now = record.getInstant();
    for (String text : repeats.of(line(record), now)) {
      write(text, now);
    }
  }

  private static boolean isNoise(LogRecord record) {
    return record.getLevel().intValue() < Level.SEVERE.intValue()
        && NOISE.contains(String.valueOf(record.getLoggerName()));
  }

  @GuardedBy("this")
  private void write(String text, Instant now) {
    byte[] line = (time(now) + ' ' + text + '\n').getBytes(StandardCharsets.UTF_8);
    try {
      if (!Objects.equals(identity, identityOfFile())) {
        // Removed or renamed, by its user or by what rotates logs.
        open();
      }
      if (bytes + line.length > MAX_BYTES) {
        if (!owned) {
          return;
        }
        rotate();
      }
      out.write(line);
      bytes += line.length;
    } catch (IOException e) {
      reportError("cannot write " + path, e, ErrorManager.WRITE_FAILURE);
    }
  }

  @GuardedBy("this")
  private void rotate() throws IOException {
    Files.move(
        path, path.resolveSibling(path.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    open();
  }

  private static Repeats.Line line(LogRecord record) {
    Object[] parameters = record.getParameters();
    if (parameters != null) {
      for (int i = 0; i < parameters.length; i++) {
        if (parameters[i] instanceof RequestNumber(String id)) {
          String text = format(record);
          Object[] others = parameters.clone();
          others[i] = "";
          record.setParameters(others);
          String same = format(record);
          record.setParameters(parameters);
          return new Repeats.Line(text, same, id);
        }
      }
    }
    return Repeats.Line.of(format(record));
  }

  private static String format(LogRecord record) {
    StringBuilder line =
        new StringBuilder(160)
            .append(record.getLevel().getName())
            .append(' ')
            .append(new SimpleFormatter().formatMessage(record));
    Throwable thrown = record.getThrown();
    if (thrown == null) {
      return line.toString();
    }
    if (TRANSPORT.matcher(String.valueOf(record.getLoggerName())).lookingAt()) {
      String cause = thrown.toString();
      line.append(": ").append(cause, 0, Math.min(cause.length(), MAX_CAUSE_CHARS));
    } else {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace, true));
      line.append('\n').append(trace.toString().stripTrailing());
    }
    return line.toString();
  }

  /** In UTC, since the local time zone's rules take 30 ms to load, which every start would pay. */
  private static String time(Instant instant) {
    LocalDateTime at = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    return at.toLocalDate()
        + "T"
        + digits(at.getHour(), 100)
        + ":"
        + digits(at.getMinute(), 100)
        + ":"
        + digits(at.getSecond(), 100)
        + "."
        + digits(at.getNano() / 1_000_000, 1000)
        + "Z";
  }

  /** A number below a power of ten, with all its leading zeros. */
  private static String digits(int number, int power) {
    return Integer.toString(power + number).substring(1);
  }

  /** Errors in logging must not reach the terminal. */
  @Override
  protected void reportError(String message, Exception e, int code) {}

  @Override
  public synchronized void flush() {}

  /** Writes how often lines were repeated, so that the next line comes after that. */
  public synchronized void writeRepeats() {
    Instant now = Instant.now();
    for (String text : repeats.rest()) {
      write(text, now);
    }
  }

  @Override
  public synchronized void close() {
    writeRepeats();
    closed = true;
    closeFile();
  }

  @GuardedBy("this")
  private void closeFile() {
    try {
      out.close();
    } catch (IOException e) {
      // Every line was written as it came; there is nothing left to lose.
    }
  }
}
