/**
 * What the tests of several modules share. Other modules depend on it with scope {@code test}.
 *
 * <p>The main type is {@link dev.tsuku.llm.testkit.TinyGguf}: it writes model files of a few
 * kilobytes that llama.cpp loads and runs, with random weights or with an answer known beforehand.
 * {@link dev.tsuku.llm.testkit.Damage} spoils them. {@link dev.tsuku.llm.testkit.RawHttp2} sends a
 * daemon what no proper client would. {@link dev.tsuku.llm.testkit.ShortDirectory} gives a test a
 * directory whose path leaves room for a socket's name, {@link dev.tsuku.llm.testkit.SharedFiles}
 * finds files that are too big for the repository, and {@link dev.tsuku.llm.testkit.LeakCheck}
 * fails a test that leaves threads behind.
 *
 * <p>Nothing is null here unless marked so.
 */
@NullMarked
package dev.tsuku.llm.testkit;

import org.jspecify.annotations.NullMarked;
