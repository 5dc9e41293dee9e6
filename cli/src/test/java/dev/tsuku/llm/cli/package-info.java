/** The commands, run in this process against a terminal that only remembers. */
@NullMarked
package dev.tsuku.llm.cli;

import org.jspecify.annotations.NullMarked;
