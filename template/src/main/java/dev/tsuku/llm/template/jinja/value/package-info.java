/**
 * What a template computes with: Python's values, as far as templates know them.
 *
 * <p>The main type is {@link dev.tsuku.llm.template.jinja.value.Value}. The heart is {@link
 * dev.tsuku.llm.template.jinja.value.Text}, a string that knows which of its characters the
 * template wrote and which came from the conversation. {@link
 * dev.tsuku.llm.template.jinja.value.Budget} counts what a rendering costs, and {@link
 * dev.tsuku.llm.template.jinja.value.TemplateException} is how every refusal looks.
 *
 * <p>Values never change, except a {@link dev.tsuku.llm.template.jinja.value.Namespace} and a
 * budget, which belong to one rendering and its thread. Nothing is null where {@code @Nullable}
 * does not say so.
 */
@NullMarked
package dev.tsuku.llm.template.jinja.value;

import org.jspecify.annotations.NullMarked;
