/**
 * A conversation becomes a prompt.
 *
 * <p>The main type is {@link dev.tsuku.llm.template.PromptFormat}: it turns a {@link
 * dev.tsuku.llm.template.Conversation} into {@link dev.tsuku.llm.template.PromptPiece}s, and keeps
 * apart what the format itself wrote and what somebody else wrote. Only the former may become
 * special tokens, so a README that holds {@code <|im_end|>} stays text. {@link
 * dev.tsuku.llm.template.ChatMl} is for chat models; {@link dev.tsuku.llm.template.Continuation} is
 * for models that know no conversation at all.
 *
 * <p>Everything is immutable and thread-safe, and plain Java. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.template;

import org.jspecify.annotations.NullMarked;
