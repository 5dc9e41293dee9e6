package dev.tsuku.llm.models;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Memory that a model may be put into, as it is at one moment.
 *
 * <p>On Linux, what the page cache holds counts as free, because it goes when somebody needs it.
 * That holds for a model's file too: where it is cached already, the weights are not counted as
 * free and as taken but once, as what is needed. Mapped weights could in fact be larger than the
 * memory; but then each token reads them from the disk again, which is worse than a refusal.
 *
 * @param what whose memory it is, as it stands in a sentence: {@code "this machine's memory"}
 * @param freeBytes what programs could still get
 * @param totalBytes all there is
 */
public record MachineMemory(String what, long freeBytes, long totalBytes) {

  private static final long SMALLEST_RESERVE = 512L << 20;

  private static final int RESERVED_PART = 20;

  /** The memory of this machine, or of the container that the process is in. Reads some files. */
  public static MachineMemory ofThisMachine() {
    return LinuxMemory.read(Path.of("/")).orElseGet(JvmMemory::read);
  }

  /** The memory of graphics cards. */
  public static MachineMemory ofGraphics(long freeBytes) {
    return new MachineMemory("the graphics memory", freeBytes, freeBytes);
  }

  /** The same with so many fewer bytes free; more if negative. */
  public MachineMemory less(long bytes) {
    return new MachineMemory(what, freeBytes - bytes, totalBytes);
  }

  /** What is left to everybody else, this program's own needs included. */
  public long reserveBytes() {
    return Math.max(SMALLEST_RESERVE, totalBytes / RESERVED_PART);
  }

  /** What a model may take. */
  public long usableBytes() {
    return Math.max(0, freeBytes - reserveBytes());
  }

  /** A number of bytes as people read it, such as {@code "1.2 GiB"}. */
  public static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", inGibibytes(bytes));
  }

  static double inGibibytes(long bytes) {
    return bytes / (double) (1 << 30);
  }
}
