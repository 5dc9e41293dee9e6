/**
 * Measurements, run by hand with {@code bench/run} and written down in {@code docs/benchmarks.md}.
 *
 * <p>Each command prints what it measured, the medians with their spread, and the machine. {@link
 * dev.tsuku.llm.bench.Throughput} compares the engine with llama.cpp's own benchmark; {@link
 * dev.tsuku.llm.bench.Rpc} times the daemon from outside; {@link dev.tsuku.llm.bench.Memory} tells
 * where its memory is. {@link dev.tsuku.llm.bench.assets.Assets} measures how often a model is
 * right, not how fast. {@link dev.tsuku.llm.bench.Templates} measures nothing: it compares rendered
 * chat templates with expected ones. Nothing here is ever asserted by a test.
 */
@NullMarked
package dev.tsuku.llm.bench;

import org.jspecify.annotations.NullMarked;
