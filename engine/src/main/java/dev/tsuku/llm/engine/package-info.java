/**
 * A request becomes tokens: the engine around one loaded model. Plain Java; native code stands
 * behind {@link dev.tsuku.llm.engine.backend}.
 *
 * <p>The main type is {@link dev.tsuku.llm.engine.Engine}. Read on in the order in which a request
 * travels: {@link dev.tsuku.llm.engine.generation} (what is asked and told), {@link
 * dev.tsuku.llm.engine.decode} (the loop that computes), {@link dev.tsuku.llm.engine.backend} (what
 * it computes with).
 *
 * <p><b>Threads.</b> Any thread may submit. One decode thread for each engine computes, and a few
 * workers of its own prepare prompts and constraints and compute token masks that take long.
 * Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine;

import org.jspecify.annotations.NullMarked;
