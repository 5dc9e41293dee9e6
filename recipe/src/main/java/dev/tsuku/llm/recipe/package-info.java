/**
 * Maps the files of a project's release to platforms, the main job of the package manager that this
 * runtime was made for. {@code Project} is the input, read from JSON by {@code ProjectReader};
 * {@code Question} makes it a prompt with tools; {@code Recipe} is the call that answers it. All
 * types are immutable or stateless, so any thread may use them.
 */
@NullMarked
package dev.tsuku.llm.recipe;

import org.jspecify.annotations.NullMarked;
