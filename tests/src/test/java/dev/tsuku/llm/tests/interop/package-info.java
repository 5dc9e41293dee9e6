/**
 * Clients in other languages, in {@code tests/interop}, against the packaged command: programs that
 * share nothing with ours but the wire, the socket's path and the lock.
 *
 * <p>{@link dev.tsuku.llm.tests.interop.InteropTest} is the list of what they do. {@link
 * dev.tsuku.llm.tests.interop.GoClient} and {@link dev.tsuku.llm.tests.interop.PythonClient} make
 * and run them, with what {@link dev.tsuku.llm.tests.interop.Tool} finds on this machine. All that
 * is generated goes to {@code tests/target/interop}.
 */
@NullMarked
package dev.tsuku.llm.tests.interop;

import org.jspecify.annotations.NullMarked;
