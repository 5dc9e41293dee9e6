/**
 * Model names, model files, and what stands in their headers.
 *
 * <p>The main type is {@link dev.tsuku.llm.models.ModelStore}: it turns a name, a path or nothing
 * at all into a {@link dev.tsuku.llm.models.ModelFile}. A {@code ModelFile} exists only for a file
 * that native code may be given: opening one reads its {@link dev.tsuku.llm.models.GgufHeader} and
 * checks it, because llama.cpp ends the process over some of the values a damaged or hostile file
 * can hold.
 *
 * <p>Reading goes in three steps. {@code GgufReader} hands out bytes and never more than the file
 * has; {@code GgufParser} makes metadata and tensors of them, and refuses what no GGUF file may
 * hold; {@code TokenizerCheck}, {@code ShapeCheck} and {@code TensorCheck} refuse what this
 * program's llama.cpp cannot take. Tensor data is never read.
 *
 * <p>{@link dev.tsuku.llm.models.ContextChoice} holds a {@link
 * dev.tsuku.llm.models.MemoryEstimate}, made of the header alone, against the {@link
 * dev.tsuku.llm.models.MachineMemory} at hand: how long a context fits, or why none does.
 *
 * <p>Every refusal of a file is a {@link dev.tsuku.llm.models.ModelException} whose message a user
 * can act on. Everything here is plain Java; values are immutable and may be shared between
 * threads. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.models;

import org.jspecify.annotations.NullMarked;
