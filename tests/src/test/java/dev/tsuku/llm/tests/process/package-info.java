/**
 * The whole process from outside: the packaged command, started as users and clients start it, with
 * real models, real sockets and real signals.
 *
 * <p>{@link dev.tsuku.llm.tests.process.TsukuCommand} runs a command to its end; {@link
 * dev.tsuku.llm.tests.process.RunningDaemon} is a daemon in the foreground; {@link
 * dev.tsuku.llm.tests.process.RawClient} speaks the wire without the client library's kindness.
 */
@NullMarked
package dev.tsuku.llm.tests.process;

import org.jspecify.annotations.NullMarked;
