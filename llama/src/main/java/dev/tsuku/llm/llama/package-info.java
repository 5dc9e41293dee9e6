/**
 * llama.cpp behind one door: the implementation of {@code dev.tsuku.llm.engine.backend}.
 *
 * <p>{@link dev.tsuku.llm.llama.LlamaBackend} is the door; it is opened with {@link
 * dev.tsuku.llm.llama.LlamaSettings} and loads nothing until it is asked for something. {@link
 * dev.tsuku.llm.llama.LibraryDirectory} finds the shared libraries, {@link
 * dev.tsuku.llm.llama.LibraryManifest} verifies the prebuilt ones, {@link
 * dev.tsuku.llm.llama.LlamaLibrary} loads them once in the life of the process, checks that they
 * are the build this code was written for, and lists the devices. Behind the door, {@link
 * dev.tsuku.llm.llama.LlamaModel} owns loaded weights, {@link dev.tsuku.llm.llama.LlamaContext} the
 * memory of sequences; both are closed by whoever opened them, contexts first.
 *
 * <p>llama.cpp ends the process where it meets an argument it does not like, so every argument is
 * checked here first. C names stay in {@code dev.tsuku.llm.llama.abi}, and no pointer leaves this
 * package. What llama.cpp logs goes to the logger {@code dev.tsuku.llm.llama} at debug level; the
 * cause of a failure is taken from there into the exception's message.
 *
 * <p><b>Threads.</b> The backend may be called from any thread. A model, its vocabulary and its
 * contexts are called by one thread at a time.
 *
 * <p>Nothing is null here unless marked so.
 */
@NullMarked
package dev.tsuku.llm.llama;

import org.jspecify.annotations.NullMarked;
