@NullMarked
package dev.tsuku.llm.recipe;

import org.jspecify.annotations.NullMarked;
