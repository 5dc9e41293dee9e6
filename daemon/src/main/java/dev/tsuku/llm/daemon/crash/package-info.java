/**
 * What a daemon leaves behind only if it dies.
 *
 * <p>Native code may end the process without a word: a fault in a driver, an assertion, the kernel
 * that wants memory back. {@link dev.tsuku.llm.daemon.crash.RunMarker} keeps a small file as long
 * as a model is in memory; every end that the daemon knows of removes it. A start that finds one
 * knows with which model and how much room the last one died, and can ask for less.
 *
 * <p>Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon.crash;

import org.jspecify.annotations.NullMarked;
