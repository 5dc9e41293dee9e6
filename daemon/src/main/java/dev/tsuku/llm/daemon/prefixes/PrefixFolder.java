package dev.tsuku.llm.daemon.prefixes;

import dev.tsuku.llm.daemon.prefixes.CacheFolder.Entry;
import dev.tsuku.llm.engine.prefix.BlockKeys;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

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

  /** Room on the disk that is left to others. */
  private static final long RESERVE_BYTES = 1L << 30;

  private static final Logger LOG = System.getLogger(PrefixFolder.class.getName());

  private final CacheFolder folder;
  private final long limitBytes;
  private final ModelDigest digest;
  private final String form;
  private final Map<String, Entry> blocks = new HashMap<>();
  private long bytes;
  private boolean isComputing;
  private ByteBuffer memory = ByteBuffer.allocateDirect(0);
  private volatile Optional<String> root = Optional.empty();
  private volatile boolean closed;

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
      opened.prepare();
      opened.root = opened.digest.remembered().map(opened::rootOf);
      return opened;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(Level.WARNING, "no prefixes are kept in {0}: {1}", folder.directory(), e.toString());
      return PrefixStore.NONE;
    }
  }

  private void prepare() throws IOException {
    for (Path file : folder.files()) {
      String name = file.getFileName().toString();
      if (!name.endsWith(BlockFile.SUFFIX) && !name.endsWith(ModelDigest.SUFFIX)) {
        Files.deleteIfExists(file);
      }
    }
    for (Entry entry : folder.entries()) {
      String name = entry.file().getFileName().toString();
      enter(name.substring(0, name.length() - BlockFile.SUFFIX.length()), entry);
    }
    shrinkTo(limitBytes);
  }

  /** Nothing is made before there is something to keep. */
  private void makeFolder() throws IOException {
    Path directory = folder.directory();
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("it is a link");
    }
  }

  @Override
  public void onQuiet() {
    if (root.isPresent() || isComputing) {
      return;
    }
    isComputing = true;
    Thread.ofPlatform()
        .name("digest")
        .daemon()
        .start(
            () -> {
              try {
                makeFolder();
                root = digest.compute(() -> closed).map(this::rootOf);
              } catch (IOException e) {
                LOG.log(Level.WARNING, "no prefixes are kept: {0}", e.toString());
                close();
              }
            });
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
  public Optional<ByteBuffer> load(String key, int[] tokens, int depth) {
    try {
      ByteBuffer state = BlockFile.read(file(key), key, tokens, memory);
      memory = state;
      touch(key, depth);
      return Optional.of(state.slice());
    } catch (NoSuchFileException e) {
      // Somebody has emptied the folder.
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} is removed: {1}", file(key), e.getMessage());
    }
    forget(key);
    return Optional.empty();
  }

  private void touch(String key, int depth) throws IOException {
    Entry entry = blocks.get(key);
    if (entry != null) {
      Entry used = new Entry(entry.file(), entry.bytes(), System.currentTimeMillis() - depth);
      blocks.put(key, used);
      Files.setLastModifiedTime(used.file(), FileTime.fromMillis(used.usedMillis()));
    }
  }

  @Override
  public boolean save(String key, int[] tokens, int depth, byte[] state) {
    Path file = file(key);
    try {
      makeFolder();
      if (state.length > limitBytes || !makeRoom(state.length)) {
        return false;
      }
      BlockFile.write(file, key, tokens, state);
      enter(key, new Entry(file, Files.size(file), 0));
      touch(key, depth);
      return true;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no more prefixes are kept: {0}", e.toString());
      close();
      return false;
    }
  }

  private void enter(String key, Entry entry) {
    blocks.put(key, entry);
    bytes += entry.bytes();
  }

  /** Removes what has been of no use for longest. False if the disk itself is too full. */
  private boolean makeRoom(long wanted) throws IOException {
    shrinkTo(limitBytes - wanted);
    return Files.getFileStore(folder.directory()).getUsableSpace() > RESERVE_BYTES + wanted;
  }

  private void shrinkTo(long most) {
    while (bytes > most && !blocks.isEmpty()) {
      blocks.entrySet().stream()
          .min(Comparator.comparingLong(entry -> entry.getValue().usedMillis()))
          .map(Map.Entry::getKey)
          .ifPresent(this::forget);
    }
  }

  @Override
  public void forget(String key) {
    Entry entry = blocks.remove(key);
    if (entry != null) {
      bytes -= entry.bytes();
    }
    try {
      Files.deleteIfExists(file(key));
    } catch (IOException e) {
      LOG.log(Level.INFO, "{0} cannot be removed: {1}", file(key), e.toString());
    }
  }

  private Path file(String key) {
    return folder.directory().resolve(key + BlockFile.SUFFIX);
  }

  @Override
  public void close() {
    closed = true;
  }
}
