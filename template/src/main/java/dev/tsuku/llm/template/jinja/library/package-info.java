/**
 * What the language brings along: filters, tests, methods of strings, lists and dictionaries, and
 * functions, in tables by topic.
 *
 * <p>{@link dev.tsuku.llm.template.jinja.library.Filters}, {@link
 * dev.tsuku.llm.template.jinja.library.Tests} and {@link
 * dev.tsuku.llm.template.jinja.library.Globals} are looked into by the interpreter; {@link
 * dev.tsuku.llm.template.jinja.library.Access} gives it attributes and items. A template reaches
 * what is in these tables and what it is given, and nothing else: there is no reflection and no
 * object of Java's behind any name.
 *
 * <p>The tables are immutable. Whatever makes text keeps the marks of the characters that survive.
 */
@NullMarked
package dev.tsuku.llm.template.jinja.library;

import org.jspecify.annotations.NullMarked;
