package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;

/** The smallest generation there is: always the likeliest token. */
final class Story {

  static final String BEGINNING = "Once upon a time";
  static final String CONTINUATION =
      ", there was a little girl named Lily. She loved to play outside in the park. One day, she saw"
          + " a big, red ball. She wanted to play with it, but it was too high.";

  /** One thread: several wait for each other by spinning, which is slow beside other programs. */
  static final ContextSettings SETTINGS = new ContextSettings(new ContextShape(4, 256), 64, 32, 1);

  private Story() {}

  /** The tokens of {@link #BEGINNING}, with the one that starts every prompt. */
  static int[] prompt(Vocabulary vocabulary) {
    int[] text = vocabulary.tokenize(BEGINNING, Vocabulary.SpecialTokens.TEXT, true);
    int[] prompt = new int[text.length + 1];
    prompt[0] = vocabulary.startToken().orElseThrow();
    System.arraycopy(text, 0, prompt, 1, text.length);
    return prompt;
  }

  /** Computes tokens behind what the sequence holds; returns the likeliest next one. */
  static int read(BackendContext context, int sequence, int... tokens) {
    TokenBatch batch = new TokenBatch(tokens.length);
    int position = context.lastPosition(sequence) + 1;
    for (int i = 0; i < tokens.length; i++) {
      batch.add(tokens[i], position + i, sequence, i == tokens.length - 1);
    }
    DecodeOutcome outcome = context.decode(batch, AbortSignal.NEVER);
    if (outcome != DecodeOutcome.DONE) {
      throw new AssertionError("the decode ended " + outcome);
    }
    return likeliest(context.logits(tokens.length - 1));
  }

  /** Goes on from a token for so many tokens, or to the end of the story. */
  static String tell(BackendModel model, BackendContext context, int sequence, int next, int most) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int token = next;
    for (int i = 0; i < most && !model.vocabulary().endsGeneration(token); i++) {
      text.writeBytes(model.vocabulary().bytes(token));
      token = read(context, sequence, token);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private static int likeliest(ByteBuffer logits) {
    FloatBuffer all = logits.asFloatBuffer();
    int best = 0;
    for (int i = 1; i < all.limit(); i++) {
      if (all.get(i) > all.get(best)) {
        best = i;
      }
    }
    return best;
  }
}
