/**
 * Holds answers to the schema that their requests name. A {@link
 * dev.tsuku.llm.engine.constraint.Constraint} follows one answer: it says which token may come
 * next, which tokens have to, and how the answer is ended when there is little room left. {@link
 * dev.tsuku.llm.engine.constraint.Schemas} keeps what was found out about schemas and about the
 * vocabulary for the requests to come.
 *
 * <p>What the model wants is asked first and is nearly always right; only where it is not are all
 * allowed tokens found out. Text that can be no other is not asked for at all: its tokens are the
 * ones that the model's own tokenizer makes of it, as far as these do not depend on what follows.
 *
 * <p><b>Threads.</b> Schemas are read on the threads of callers; everything else belongs to the
 * decode thread. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.constraint;

import org.jspecify.annotations.NullMarked;
