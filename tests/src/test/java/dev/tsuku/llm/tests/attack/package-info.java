/**
 * Attacks on the daemon's life: kills, signals, crowds, strangers and bad manners, at moments that
 * are drawn by chance, with the packaged command and real signals.
 *
 * <p>An {@link dev.tsuku.llm.tests.attack.Attack} is a number of rounds and the seed that they draw
 * from. Each attack is made twice by the same code: a few rounds in every build, and many in the
 * tests tagged {@code long}. The system properties {@code tsuku.rounds.NAME} and {@code tsuku.seed}
 * change both; a round that fails says how to repeat it.
 *
 * <p>{@link dev.tsuku.llm.tests.attack.LockContender} is the oracle of the lock: a process whose
 * threads take it, and prove by a second lock that nobody else believes to have it.
 */
@NullMarked
package dev.tsuku.llm.tests.attack;

import org.jspecify.annotations.NullMarked;
