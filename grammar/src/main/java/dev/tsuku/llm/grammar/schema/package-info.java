/**
 * A JSON Schema becomes alternatives that can be followed while a value is being written.
 *
 * <p>{@link dev.tsuku.llm.grammar.schema.SchemaReader} reads a document into {@link
 * dev.tsuku.llm.grammar.schema.Schema}s and refuses what it cannot honour. What a value has to obey
 * is a {@link dev.tsuku.llm.grammar.schema.Node}: a set of schemas that it must match, or must not.
 * For each JSON type, {@link dev.tsuku.llm.grammar.schema.Expansion} makes of it a list of {@link
 * dev.tsuku.llm.grammar.schema.Alternative}s, of which a value has to match one: every {@code
 * anyOf}, {@code if} and the like is decided in them, every {@code $ref} followed, so that an
 * alternative is a plain list of conditions, and whether it can be met at all is easy to tell.
 * Values inside are nodes again. All of this is made when it is first needed: schemas of megabytes,
 * of which a request uses a corner, cost little.
 *
 * <p>A condition that cannot be stated as such, say that an object must not match some other
 * schema, is kept as a node that must <em>not</em> accept the value: it is followed side by side
 * and looked at when the value ends.
 *
 * <p>Nodes and what they are made of belong to one thread at a time. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.grammar.schema;

import org.jspecify.annotations.NullMarked;
