package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.SequenceBuilder;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A sequence that is being made of saved blocks, in memory of its own. */
final class JoinedSequence implements SequenceBuilder {

  private final LlamaContext context;
  private final int sequence;
  private final int most;
  private final Arena arena = Arena.ofConfined();
  private Optional<StateForm> joined = Optional.empty();
  private int tokens;

  JoinedSequence(LlamaContext context, int sequence, int most) {
    this.context = context;
    this.sequence = sequence;
    this.most = most;
  }

  @Override
  public void add(ByteBuffer block) {
    StateForm form =
        StateForm.read(block).orElseThrow(() -> context.refused("its parts cannot be told apart."));
    add(form, form.tokens());
  }

  /** Adds the first tokens of a state. */
  void add(StateForm form, int count) {
    int end = tokens + count;
    if (form.first() != tokens
        || end > most
        || joined.stream().anyMatch(one -> !one.isLike(form))) {
      throw context.refused("a block does not follow the one before it.");
    }
    StateForm target = joined.orElseGet(() -> frame(form, most));
    target.put(tokens, form, 0, count);
    joined = Optional.of(target);
    tokens = end;
  }

  private StateForm frame(StateForm like, int count) {
    int streams = context.shape().sequences();
    return like.frame(arena.allocate(like.bytes(count, streams)).asByteBuffer(), count, streams);
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public void finish() {
    StateForm whole = joined.orElseThrow(() -> context.refused("it has no tokens."));
    if (tokens < most) {
      StateForm shorter = frame(whole, tokens);
      shorter.put(0, whole, 0, tokens);
      whole = shorter;
    }
    context.load(sequence, whole.bytes());
  }

  @Override
  public void close() {
    arena.close();
  }
}
