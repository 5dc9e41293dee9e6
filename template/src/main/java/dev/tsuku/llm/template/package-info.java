/**
 * A conversation becomes a prompt.
 *
 * <p>The main type is {@link dev.tsuku.llm.template.PromptFormat}: it turns a {@link
 * dev.tsuku.llm.template.Conversation} into {@link dev.tsuku.llm.template.PromptPiece}s, and keeps
 * apart what the format itself wrote and what somebody else wrote. Only the former may become
 * special tokens, so a README that holds {@code <|im_end|>} stays text.
 *
 * <p>{@link dev.tsuku.llm.template.ChatTemplate} is the format that a model brings along: Jinja,
 * interpreted in {@code template.jinja}. A {@link dev.tsuku.llm.template.TemplateProbe} finds out
 * what it can do ({@link dev.tsuku.llm.template.TemplateTraits}), {@link
 * dev.tsuku.llm.template.Adaptation} puts the rest into words ({@link
 * dev.tsuku.llm.template.ToolText}), and {@link dev.tsuku.llm.template.TemplateVariables} hands
 * messages and tools over as model hubs do. {@link dev.tsuku.llm.template.ChatMl} is for chat
 * models without a template; {@link dev.tsuku.llm.template.Continuation} is for models that know no
 * conversation at all.
 *
 * <p>Everything is immutable and thread-safe, and plain Java. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.template;

import org.jspecify.annotations.NullMarked;
