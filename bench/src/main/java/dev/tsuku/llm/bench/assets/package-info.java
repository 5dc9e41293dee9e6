/**
 * How often a model maps the files of a release to platforms correctly. {@code Assets} is the
 * command; {@code AssetCase} is a release with its expected answer, {@code RuleMatcher} the
 * baseline, and {@code Score} counts. Everything runs on the main thread.
 */
@NullMarked
package dev.tsuku.llm.bench.assets;

import org.jspecify.annotations.NullMarked;
