package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.models.ModelFile;

/** A load under way: watched by its own thread, cancelled by any. */
final class Load implements LoadMonitor {

  final ModelFile file;
  final ModelKey key;

  /** Whether it goes on although no request waits for it. */
  final boolean unasked;

  /** Less than this is no news. */
  private static final float STEP = 0.01f;

  private final Runnable onProgress;
  private volatile float progress;
  private volatile boolean cancelled;

  /**
   * A load that has not begun.
   *
   * @param onProgress called on the loading thread whenever there is news; must be quick
   */
  Load(ModelFile file, ModelKey key, boolean unasked, Runnable onProgress) {
    this.file = file;
    this.key = key;
    this.unasked = unasked;
    this.onProgress = onProgress;
  }

  @Override
  public boolean onProgress(float fraction) {
    if (fraction >= progress + STEP) {
      progress = fraction;
      onProgress.run();
    }
    return !cancelled;
  }

  float progress() {
    return progress;
  }

  Waiting.Loading asWaiting() {
    return new Waiting.Loading((long) (progress * file.sizeBytes()), file.sizeBytes());
  }

  void cancel() {
    cancelled = true;
  }
}
