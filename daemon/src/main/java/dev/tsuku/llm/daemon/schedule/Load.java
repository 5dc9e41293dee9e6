package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.models.ModelFile;

/** A load under way: watched by its own thread, cancelled by any. */
final class Load implements LoadMonitor {

  final ModelFile file;
  final ModelKey key;

  /** Whether it goes on although no request waits for it. */
  final boolean unasked;

  private volatile float progress;
  private volatile boolean cancelled;

  Load(ModelFile file, ModelKey key, boolean unasked) {
    this.file = file;
    this.key = key;
    this.unasked = unasked;
  }

  @Override
  public boolean onProgress(float fraction) {
    progress = fraction;
    return !cancelled;
  }

  float progress() {
    return progress;
  }

  void cancel() {
    cancelled = true;
  }
}
