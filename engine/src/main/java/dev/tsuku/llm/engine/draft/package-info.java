/**
 * Drafts the next tokens of an answer, which one step of the model then checks together.
 *
 * <p>Answers repeat what is in their prompts: names, paths, lines of a file. A {@link
 * dev.tsuku.llm.engine.draft.Drafter} looks for where the last tokens stood before, and proposes
 * what followed there (prompt lookup decoding). The model computes the proposal in one batch behind
 * the token it was going to compute anyway, and its own choices decide how much of it stands. The
 * answer is the same with and without; what changes is how many steps it takes.
 *
 * <p>A proposal costs time whether it is right or not. A {@link
 * dev.tsuku.llm.engine.draft.DraftGate} knows, from the steps so far, what a batch of so many
 * tokens costs on this machine with this model, and says how long a proposal is worth it.
 *
 * <p><b>Threads.</b> Everything here belongs to the decode thread. Nothing is null unless marked
 * so.
 */
@NullMarked
package dev.tsuku.llm.engine.draft;

import org.jspecify.annotations.NullMarked;
