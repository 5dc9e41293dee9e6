/**
 * The C interface of llama.cpp v0.4.0 and v0.5.0, as it is: C names, C types, no logic.
 *
 * <p>{@link dev.tsuku.llm.llama.abi.Symbols} knows the loaded libraries. The classes named {@code
 * …Functions} hold one method for each C function, grouped as in {@code llama.h}; each is found at
 * its first call, and all but those with structs are called in one shape, because the JVM generates
 * code for each shape, which takes milliseconds of a load; {@link dev.tsuku.llm.llama.abi.Shapes}
 * does that beforehand. {@link dev.tsuku.llm.llama.abi.Struct} describes the structs, which are
 * passed by value, and {@link dev.tsuku.llm.llama.abi.Upcalls} what C calls back.
 *
 * <p>Nothing here checks arguments: llama.cpp ends the process where it finds a wrong one, so the
 * classes of {@code dev.tsuku.llm.llama}, the only callers, check first. Any thread may call; which
 * thread should is their business too.
 */
@NullMarked
package dev.tsuku.llm.llama.abi;

import org.jspecify.annotations.NullMarked;
