/**
 * A small Jinja: the language of the chat templates that models bring along, in a sandbox.
 *
 * <p>{@link dev.tsuku.llm.template.jinja.Template} is the door: a source is parsed once ({@code
 * syntax}) and rendered as often as wanted with variables ({@code value}). An {@link
 * dev.tsuku.llm.template.jinja.Interpreter} walks the statements, an {@link
 * dev.tsuku.llm.template.jinja.Evaluator} the expressions; what values can do is in {@code
 * operation}, what the language brings along in {@code library}.
 *
 * <p>A template is as untrusted as the model file it came in. It reaches nothing but its variables
 * and the library's tables; its steps, its text and its depth are counted, and each refusal is a
 * {@link dev.tsuku.llm.template.jinja.value.TemplateException}. What it renders knows, character by
 * character, what the template wrote and what came from the conversation.
 *
 * <p>A template is immutable and thread-safe; a rendering belongs to its thread.
 */
@NullMarked
package dev.tsuku.llm.template.jinja;

import org.jspecify.annotations.NullMarked;
