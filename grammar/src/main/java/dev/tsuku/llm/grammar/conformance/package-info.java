/**
 * Holds schemas against instances that others have judged: {@link
 * dev.tsuku.llm.grammar.conformance.SchemaCases} reads them, a {@link
 * dev.tsuku.llm.grammar.conformance.SchemaCase} checks one. For tests and {@code bench/run
 * maskbench}; the product does not use it.
 *
 * <p>Everything is immutable and thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.conformance;

import org.jspecify.annotations.NullMarked;
