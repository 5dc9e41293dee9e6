/**
 * What the daemon was told, by whom: the command line before the environment before {@code
 * config.toml} before the defaults.
 *
 * <p>{@link dev.tsuku.llm.daemon.settings.Settings} is the result, read once at the start by {@link
 * dev.tsuku.llm.daemon.settings.SettingsReader}. Immutable. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.settings;

import org.jspecify.annotations.NullMarked;
