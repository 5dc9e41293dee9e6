/**
 * The client against daemons that only play: {@link dev.tsuku.llm.client.FakeDaemon} in this
 * process, {@link dev.tsuku.llm.client.FakeDaemonMain} in one of its own.
 */
@NullMarked
package dev.tsuku.llm.client;

import org.jspecify.annotations.NullMarked;
