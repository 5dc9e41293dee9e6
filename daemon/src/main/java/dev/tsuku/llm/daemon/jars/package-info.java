/**
 * Keeps starts quick after the program's directory was copied. The JVM uses a cache of classes only
 * if each jar has the time of writing that it had when the cache was made, and {@code cp -r} gives
 * copies new ones. {@link dev.tsuku.llm.daemon.jars.JarTimes} restores them, or makes copies of the
 * jars in the home where it may not; {@link dev.tsuku.llm.daemon.jars.JarList} says which jars they
 * have to be.
 *
 * <p>All of it runs on one daemon thread, after the daemon is ready. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.jars;

import org.jspecify.annotations.NullMarked;
