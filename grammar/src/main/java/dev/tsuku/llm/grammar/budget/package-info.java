/** How long work may take. */
@NullMarked
package dev.tsuku.llm.grammar.budget;

import org.jspecify.annotations.NullMarked;
