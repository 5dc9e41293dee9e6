/**
 * From a conversation to tokens.
 *
 * <p>{@link dev.tsuku.llm.engine.prompt.PromptReader} is what the decode loop asks: it has the
 * conversation rendered, looks in {@link dev.tsuku.llm.engine.prompt.TextHistory} for the longest
 * beginning whose tokens are known because this model has written them itself, and has {@link
 * dev.tsuku.llm.engine.prompt.PromptTokenizer} make tokens of the rest, in the parts that {@link
 * dev.tsuku.llm.engine.prompt.TextCutter} cuts.
 *
 * <p>A model's answer comes back as text in the next turn's prompt. Tokenized again, that text may
 * give other tokens than the model wrote, and everything behind them would have to be computed
 * again. So what is the same text, written by the same side, gets the same tokens.
 *
 * <p><b>Threads.</b> Everything here belongs to the decode thread. Nothing is null unless marked
 * so.
 */
@NullMarked
package dev.tsuku.llm.engine.prompt;

import org.jspecify.annotations.NullMarked;
