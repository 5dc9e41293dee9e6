package dev.tsuku.llm.engine.prompt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.prefix.TokenList;
import dev.tsuku.llm.engine.prompt.TextHistory.Beginning;
import dev.tsuku.llm.engine.prompt.TextHistory.Told;
import dev.tsuku.llm.template.PromptFormat;
import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.PromptPiece.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes prompts of conversations, and remembers with which tokens they were answered. Thread-safe.
 */
public final class PromptReader {

  private final Formats formats;
  private final Vocabulary vocabulary;
  private final PromptTokenizer tokenizer;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final TextHistory history = new TextHistory();

  /**
   * A reader for one model.
   *
   * @param contextTokens how many tokens a prompt and at least one more may be
   */
  public PromptReader(Formats formats, Vocabulary vocabulary, int contextTokens) {
    this.formats = formats;
    this.vocabulary = vocabulary;
    this.tokenizer = new PromptTokenizer(vocabulary, contextTokens);
  }

  /** A reader for requests that bring no template. */
  public PromptReader(PromptFormat format, Vocabulary vocabulary, int contextTokens) {
    this(Formats.only(format), vocabulary, contextTokens);
  }

  /**
   * The prompt for a request: at least one token, fewer than the context has.
   *
   * @param abort asked now and then
   * @throws EngineException if there are no tokens or too many, the template refuses, or the signal
   *     is raised
   */
  public Prompt read(GenerationRequest request, AbortSignal abort) {
    RenderedText text =
        RenderedText.of(
            formats.render(request.conversation(), request.chatTemplate(), abort::raised));
    Beginning known = longest(text);
    return new Prompt(text, tokenizer.tokenize(known, text, abort));
  }

  private Beginning longest(RenderedText text) {
    lock.lock();
    try {
      return history.longest(text);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Remembers an answer, so that a prompt that goes on behind it gets these very tokens.
   *
   * @param answer the tokens of the answer, the one that ended it left out
   */
  public void remember(Prompt prompt, int[] answer) {
    if (answer.length == 0) {
      return;
    }
    List<PromptPiece> pieces = new ArrayList<>();
    int[] ends = new int[answer.length];
    TextAssembler assembler = new TextAssembler();
    int end = prompt.text().length();
    for (int i = 0; i < answer.length; i++) {
      byte[] bytes = vocabulary.bytes(answer[i]);
      // What stands for no text of its own comes back only if the format writes its name.
      String text = bytes.length == 0 ? vocabulary.text(answer[i]) : assembler.append(bytes);
      if (!text.isEmpty()) {
        pieces.add(new PromptPiece(text, bytes.length == 0 ? Origin.FORMAT : Origin.CONTENT));
      }
      end += text.length();
      ends[i] = assembler.isWhole() ? end : -1;
    }
    TokenList tokens = new TokenList(prompt.tokens());
    for (int token : answer) {
      tokens.add(token);
    }
    Told told = new Told(prompt.text().with(pieces), tokens, ends);
    lock.lock();
    try {
      history.add(told);
    } finally {
      lock.unlock();
    }
  }
}
