package dev.tsuku.llm.daemon.settings;

import org.jspecify.annotations.Nullable;

/** Something the daemon was told makes no sense. The message is the sentence for the user. */
public final class SettingsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SettingsException(String message) {
    this(message, null);
  }

  public SettingsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
