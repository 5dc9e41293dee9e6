/** The arrows of the architecture, and a few habits, as rules that the build checks. */
@NullMarked
package dev.tsuku.llm.tests.architecture;

import org.jspecify.annotations.NullMarked;
