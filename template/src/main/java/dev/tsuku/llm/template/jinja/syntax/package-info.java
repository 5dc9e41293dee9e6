/**
 * A template's source becomes a tree.
 *
 * <p>{@link dev.tsuku.llm.template.jinja.syntax.Parser} is the door: it takes {@link
 * dev.tsuku.llm.template.jinja.syntax.Token}s from a {@link
 * dev.tsuku.llm.template.jinja.syntax.Lexer}, which also knows what whitespace around tags means,
 * and makes {@link dev.tsuku.llm.template.jinja.syntax.Statement}s of {@link
 * dev.tsuku.llm.template.jinja.syntax.Expression}s. The language is that of Jinja 3.1, set up as
 * model hubs do: block tags take the newline behind them and the indent before them.
 *
 * <p>The tree is immutable. How deep it nests is bounded, so that reading it needs little stack.
 */
@NullMarked
package dev.tsuku.llm.template.jinja.syntax;

import org.jspecify.annotations.NullMarked;
