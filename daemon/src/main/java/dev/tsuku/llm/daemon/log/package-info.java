/**
 * The daemon's log: {@code $TSUKU_HOME/llm.log}, where everything goes that is not for the
 * terminal. {@link dev.tsuku.llm.daemon.log.LogFile} installs itself behind {@code
 * java.util.logging}, which {@link java.lang.System.Logger}, gRPC and Netty all write to. Nothing
 * is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.log;

import org.jspecify.annotations.NullMarked;
