/**
 * The tables of vocabularies on disk, so that the first constrained answer of a model does not wait
 * until they are made.
 *
 * <p>{@link dev.tsuku.llm.daemon.tables.TablesFolder} is the engine's {@link
 * dev.tsuku.llm.engine.constraint.TablesStore}: a folder of files, each a {@link
 * dev.tsuku.llm.daemon.tables.TablesFile} with the {@link dev.tsuku.llm.daemon.tables.TablesKey} of
 * the vocabulary in it.
 *
 * <p>All of it is a cache: whatever is in doubt is removed, and nothing here ever makes a request
 * fail. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon.tables;

import org.jspecify.annotations.NullMarked;
