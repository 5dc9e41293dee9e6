/**
 * What the daemon was told, by whom: the command line before the environment before {@code
 * config.toml} before the defaults.
 *
 * <p>{@link dev.tsuku.llm.daemon.settings.Settings} is what a daemon runs with. {@link
 * dev.tsuku.llm.daemon.settings.SettingsReader} reads it once, at the start, as part of a {@link
 * dev.tsuku.llm.daemon.settings.SettingsReport}, which also knows each {@link
 * dev.tsuku.llm.daemon.settings.Setting}'s {@link dev.tsuku.llm.daemon.settings.Source} and all
 * {@link dev.tsuku.llm.daemon.settings.Problem}s together. {@link
 * dev.tsuku.llm.daemon.settings.Key} lists what can be set. Only {@code ConfigParser} knows TOML,
 * and is not loaded where there is no file.
 *
 * <p>All of it is immutable, but for a reader at work. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.settings;

import org.jspecify.annotations.NullMarked;
