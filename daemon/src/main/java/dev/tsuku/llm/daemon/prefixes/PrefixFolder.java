package dev.tsuku.llm.daemon.prefixes;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.cache.CacheFolder.Entry;
import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prefixes in a folder, a file a block, at most so many bytes of them: what has been of no use for
 * longest goes first. Belongs to the decode thread, but for the model's digest, which a thread of
 * its own computes if it is not known yet.
 *
 * <p>A block counts as used a little before the one that it goes on from, so that of a chain the
 * end goes first: the beginning is of use without it, but not the other way round.
 */
public final class PrefixFolder implements PrefixStore {

  /** How many tokens a block has: some MiB for a small model, some dozens for a large one. */
  public static final int BLOCK_TOKENS = 256;

  /** How many digits of a key are in the name of a tail that goes on from it. */
  private static final int BEFORE_DIGITS = 16;

  private static final Pattern NAME =
      Pattern.compile(
          "(?<key>[0-9a-f]{64})(\\.(?<before>[0-9a-f]{"
              + BEFORE_DIGITS
              + "})\\.(?<tokens>\\d{1,3}))?"
              + Pattern.quote(BlockFile.SUFFIX));

  /** Room on the disk that is left to others. */
  private static final long RESERVE_BYTES = 1L << 30;

  /** What was of use so shortly before is not forgotten for something else. */
  private static final long FRESH_MILLIS = 10_000;

  /**
   * How many blocks this process has written, of whatever model: several may be in memory, each
   * with an object of this class for the same folder.
   */
  private static final AtomicLong WRITTEN = new AtomicLong();

  private static final Logger LOG = System.getLogger(PrefixFolder.class.getName());

  private final CacheFolder folder;
  private final long limitBytes;
  private final ModelDigest digest;
  private final String form;
  private final Map<String, Block> blocks = new HashMap<>();
  private long bytes;

  /** What {@link #WRITTEN} was when the names were read, or a block was written, last. */
  private long seen;

  private boolean isComputing;
  private ByteBuffer memory = ByteBuffer.allocateDirect(0);
  private volatile Optional<String> root = Optional.empty();
  private volatile boolean closed;

  /**
   * A block that is there.
   *
   * @param tailOf of a tail, the beginning of the key before it; else empty
   * @param tokens of a tail, how many it has
   * @param writtenMillis the time of its file, which is not set each time it is used
   */
  private record Block(Entry entry, String tailOf, int tokens, long writtenMillis) {

    /** The same, used just now, or a little before. */
    Block used(long millis) {
      return new Block(
          new Entry(entry.file(), entry.bytes(), millis), tailOf, tokens, writtenMillis);
    }

    /** The same, with this as the time of its file. */
    Block written(long millis) {
      return new Block(entry, tailOf, tokens, millis);
    }
  }

  private PrefixFolder(CacheFolder folder, long limitBytes, ModelDigest digest, String form) {
    this.digest = digest;
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.form = form;
  }

  /**
   * Opens a folder, which is made when it is needed. If it cannot be used, that is logged, and
   * nothing is kept.
   *
   * @param model whose states these are
   * @param limitBytes most bytes of all blocks, of whatever model; 0: nothing is kept or found
   * @param stateForm as {@link PrefixStore.Opener} has it
   */
  public static PrefixStore open(
      CacheFolder folder, Path model, long limitBytes, String stateForm) {
    if (limitBytes == 0) {
      return PrefixStore.NONE;
    }
    PrefixFolder opened =
        new PrefixFolder(
            folder,
            limitBytes,
            new ModelDigest(model, folder.directory()),
            "1, " + BLOCK_TOKENS + ", " + stateForm);
    try {
      opened.readNames();
      opened.root = opened.digest.remembered().map(opened::rootOf);
      return opened;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(
          Level.WARNING, "no prefixes are kept in {0}: {1}", folder.directory(), e.getMessage());
      return PrefixStore.NONE;
    }
  }

  private void readNames() throws IOException {
    folder.restrict();
    for (Path file : folder.files()) {
      String name = file.getFileName().toString();
      if (!name.endsWith(BlockFile.SUFFIX) && !name.endsWith(ModelDigest.SUFFIX)) {
        Files.deleteIfExists(file);
      }
    }
    readBlocks();
    shrinkTo(limitBytes, Long.MAX_VALUE);
  }

  private void readBlocks() throws IOException {
    seen = WRITTEN.get();
    blocks.clear();
    bytes = 0;
    long now = System.currentTimeMillis();
    for (Entry found : folder.entries()) {
      // A clock may have been set back.
      Entry entry = new Entry(found.file(), found.bytes(), Math.min(found.usedMillis(), now));
      Matcher name = NAME.matcher(entry.file().getFileName().toString());
      if (name.matches()) {
        enter(
            name.group("key"),
            name.group("before") == null
                ? new Block(entry, "", BLOCK_TOKENS, entry.usedMillis())
                : new Block(
                    entry,
                    name.group("before"),
                    Integer.parseInt(name.group("tokens")),
                    entry.usedMillis()));
      } else {
        Files.deleteIfExists(entry.file());
      }
    }
  }

  /** A tail's name says what it goes on from, because it can be found in no other way. */
  private static String name(String before, String key, int tokens) {
    return tokens == BLOCK_TOKENS
        ? key + BlockFile.SUFFIX
        : key + "." + before.substring(0, BEFORE_DIGITS) + "." + tokens + BlockFile.SUFFIX;
  }

  @Override
  public void prepare() {
    if (root.isPresent() || isComputing) {
      return;
    }
    Thread thread = Thread.ofPlatform().name("digest").daemon().unstarted(this::findRoot);
    isComputing = true;
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // There can be no more threads; later there may.
      LOG.log(Level.INFO, "no prefixes are kept yet: {0}", e.getMessage());
      isComputing = false;
    }
  }

  private void findRoot() {
    try {
      folder.make();
      root = digest.compute(() -> closed).map(this::rootOf);
      if (root.isEmpty()) {
        close();
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no prefixes are kept: {0}", e.getMessage());
      close();
    }
  }

  private String rootOf(String digest) {
    return BlockKeys.root(digest + ", " + form);
  }

  @Override
  public int blockTokens() {
    return BLOCK_TOKENS;
  }

  @Override
  public Optional<String> root() {
    return root;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public boolean contains(String key) {
    return blocks.containsKey(key);
  }

  @Override
  public boolean touch(String key, int depth) {
    Block block = blocks.get(key);
    if (block == null) {
      return false;
    }
    long millis = System.currentTimeMillis() - depth;
    try {
      // Of the files' times, a rough order is enough.
      if (millis - block.writtenMillis() > FRESH_MILLIS) {
        touch(key, block, depth);
      } else {
        blocks.put(key, block.used(millis));
      }
      return true;
    } catch (IOException e) {
      forget(key);
      return false;
    }
  }

  @Override
  public List<Integer> tails(String before) {
    String beginning = before.substring(0, BEFORE_DIGITS);
    return blocks.values().stream()
        .filter(block -> block.tailOf().equals(beginning))
        .map(Block::tokens)
        .distinct()
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  @Override
  public Optional<ByteBuffer> load(String key, int[] tokens, int depth) {
    Block block = blocks.get(key);
    if (block == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer state = BlockFile.read(block.entry().file(), key, tokens, memory);
      memory = state;
      touch(key, block, depth);
      return Optional.of(state.slice());
    } catch (NoSuchFileException e) {
      // Somebody has emptied the folder.
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} is removed: {1}", block.entry().file(), e.getMessage());
    }
    forget(key);
    return Optional.empty();
  }

  private void touch(String key, Block block, int depth) throws IOException {
    long millis = System.currentTimeMillis() - depth;
    blocks.put(key, block.used(millis).written(millis));
    Files.setLastModifiedTime(block.entry().file(), FileTime.fromMillis(millis));
  }

  @Override
  public boolean save(String before, String key, int[] tokens, int depth, byte[] state) {
    Path file = folder.directory().resolve(name(before, key, tokens.length));
    try {
      folder.make();
      if (seen != WRITTEN.get()) {
        readBlocks();
      }
      if (state.length > limitBytes || !makeRoom(state.length)) {
        return false;
      }
      BlockFile.write(file, key, tokens, state);
      Entry entry = new Entry(file, Files.size(file), 0);
      Block block =
          tokens.length == BLOCK_TOKENS
              ? new Block(entry, "", BLOCK_TOKENS, 0)
              : new Block(entry, before.substring(0, BEFORE_DIGITS), tokens.length, 0);
      enter(key, block);
      touch(key, block, depth);
      seen = WRITTEN.incrementAndGet();
      return true;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no more prefixes are kept: {0}", e.getMessage());
      close();
      return false;
    }
  }

  private void enter(String key, Block block) {
    Block before = blocks.put(key, block);
    bytes += block.entry().bytes() - (before == null ? 0 : before.entry().bytes());
  }

  /**
   * Removes what has been of no use for longest. False if all that is left is fresh, or the disk
   * itself is too full.
   */
  private boolean makeRoom(long wanted) throws IOException {
    shrinkTo(limitBytes - wanted, System.currentTimeMillis() - FRESH_MILLIS);
    return bytes + wanted <= limitBytes
        && Files.getFileStore(folder.directory()).getUsableSpace() > RESERVE_BYTES + wanted;
  }

  /**
   * Removes blocks until the others have no more bytes than this.
   *
   * @param freshSince what was of use since then is left, in Unix time
   */
  private void shrinkTo(long most, long freshSince) {
    while (bytes > most) {
      Optional<String> oldest =
          blocks.entrySet().stream()
              .filter(block -> block.getValue().entry().usedMillis() < freshSince)
              .min(Comparator.comparingLong(block -> block.getValue().entry().usedMillis()))
              .map(Map.Entry::getKey);
      if (oldest.isEmpty()) {
        return;
      }
      forget(oldest.get());
    }
  }

  @Override
  public void forget(String key) {
    Block block = blocks.remove(key);
    if (block == null) {
      return;
    }
    bytes -= block.entry().bytes();
    try {
      Files.deleteIfExists(block.entry().file());
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} cannot be removed: {1}", block.entry().file(), e.toString());
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
