/**
 * What Python does with values: truth, equality, order, arithmetic, iteration, printing, JSON. One
 * class for each, without state. What takes time says so to the {@link
 * dev.tsuku.llm.template.jinja.value.Budget}.
 */
@NullMarked
package dev.tsuku.llm.template.jinja.operation;

import org.jspecify.annotations.NullMarked;
