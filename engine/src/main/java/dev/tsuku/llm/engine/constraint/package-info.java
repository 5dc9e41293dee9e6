/**
 * Constrained decoding: limits the answer of a request to its JSON Schema or to its tools. A {@link
 * dev.tsuku.llm.engine.constraint.TokenConstraint} belongs to one answer: which tokens are allowed
 * next, which are forced, and how the answer is completed when little room is left. {@link
 * dev.tsuku.llm.engine.constraint.Schemas} caches compiled schemas, {@link
 * dev.tsuku.llm.engine.constraint.TokenConstraints} the tables of the vocabulary.
 *
 * <p>The model's likeliest token is tried first and is nearly always allowed; the mask is computed
 * only where it is not. Forced text needs no decode step of its own: it becomes the tokens that the
 * model's own tokenizer makes of it, as far as they do not depend on what follows.
 *
 * <p><b>Threads.</b> Schemas are compiled on the threads of callers; everything else belongs to the
 * decode thread and its workers. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.constraint;

import org.jspecify.annotations.NullMarked;
