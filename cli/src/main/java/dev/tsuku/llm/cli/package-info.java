/**
 * A person talks to the daemon: the {@code tsuku-llm} command.
 *
 * <p>{@link dev.tsuku.llm.cli.Main} is the process. {@code CommandTree} puts the commands together
 * and says what a wrong command line gets to hear; each command is a class of its own: {@code
 * Serve}, {@code Complete}, {@code Status}, {@code Stop}, {@code Config}. What they need from the
 * process around them is a {@code Terminal}. An {@code AnswerPrinter} prints an answer as it comes.
 *
 * <p>Standard output carries what was asked for and nothing else; everything else is one line on
 * standard error that begins with {@code tsuku-llm:}. Status 0: done; 1: failed; 2: the command
 * line or a setting is wrong; 130: interrupted; 141: whoever read standard output has gone.
 *
 * <p>All of it runs on the main thread. Nothing is null here unless marked so.
 */
@NullMarked
package dev.tsuku.llm.cli;

import org.jspecify.annotations.NullMarked;
