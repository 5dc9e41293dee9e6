/** The process that answers: {@link dev.tsuku.llm.daemon.Daemon}. */
@NullMarked
package dev.tsuku.llm.daemon;

import org.jspecify.annotations.NullMarked;
