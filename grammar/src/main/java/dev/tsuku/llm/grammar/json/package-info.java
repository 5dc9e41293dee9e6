/**
 * JSON as a tree of values, which keeps the order of keys and all digits of numbers. Everything is
 * immutable and thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.json;

import org.jspecify.annotations.NullMarked;
