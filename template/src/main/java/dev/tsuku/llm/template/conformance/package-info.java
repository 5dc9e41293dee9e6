/**
 * Holds the interpreter against renderings that another one made: {@link
 * dev.tsuku.llm.template.conformance.RenderingCases} reads them, a {@link
 * dev.tsuku.llm.template.conformance.RenderingCase} checks one. For tests and {@code bench/run
 * templates}; the product does not use it.
 *
 * <p>Everything is immutable and thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.template.conformance;

import org.jspecify.annotations.NullMarked;
