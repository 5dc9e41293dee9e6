package dev.tsuku.llm.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Fills the tensors of a small llama. Used once, by one thread. */
final class TinyWeights {

  /** The lead of the next token's logit over all others in a table. */
  private static final float LEAD = 40;

  /** What the logit of a forbidden token loses for each unit of the constant number. */
  private static final float BAN = 400;

  private final GgufWriter out;
  private final TinyShape shape;
  private final int tokens;

  TinyWeights(GgufWriter out, TinyShape shape, int tokens) {
    this.out = out;
    this.shape = shape;
    this.tokens = tokens;
  }

  /** How wide a model must be to follow a table: one number for each token that can come next. */
  static int width(Behaviour.Table table) {
    return successors(table).size();
  }

  private static List<Integer> successors(Behaviour.Table table) {
    List<Integer> distinct = new ArrayList<>();
    distinct.add(table.otherwise());
    table.next().values().stream().sorted().distinct().forEach(distinct::add);
    return distinct.stream().distinct().toList();
  }

  /**
   * The layers add nothing, so what reaches the output is the embedding. It has a one where the
   * next token is coded, the same for all tokens with the same successor, and that token's output
   * row looks there.
   */
  void follow(Behaviour.Table table) {
    List<Integer> successors = successors(table);
    Map<Integer, Integer> codes = new HashMap<>();
    successors.forEach(token -> codes.put(token, codes.size()));
    int width = shape.embedding();
    // The norm before the output makes a lone one as big as the root of the width.
    float weight = (float) (LEAD / Math.sqrt(width));
    out.matrix(
        "token_embd.weight",
        width,
        tokens,
        (token, row) ->
            row[codes.getOrDefault(table.next().getOrDefault(token, table.otherwise()), 0)] = 1);
    out.vector("output_norm.weight", width, 1);
    out.matrix(
        "output.weight",
        width,
        tokens,
        (token, row) -> {
          Integer code = codes.get(token);
          if (code != null) {
            row[code] = weight;
          }
        });
    layers((name, columns, rows, scale) -> out.zeros(name, columns, rows));
  }

  /**
   * The first number of every embedding is one, and no layer changes it: against it stands what
   * keeps some tokens from being said.
   */
  void random(Behaviour.Random behaviour) {
    RandomGenerator random = new java.util.Random(behaviour.seed());
    int width = shape.embedding();
    out.matrix(
        "token_embd.weight",
        width,
        tokens,
        (token, row) -> {
          fill(row, random, 1);
          row[0] = 1;
        });
    out.vector("output_norm.weight", width, 1);
    out.matrix(
        "output.weight",
        width,
        tokens,
        (token, row) -> {
          fill(row, random, 2 / Math.sqrt(width));
          row[0] = behaviour.never().contains(token) ? -BAN : 0;
        });
    layers(
        (name, columns, rows, scale) ->
            out.matrix(
                name,
                columns,
                rows,
                (number, row) -> {
                  if (number > 0 || !name.matches(".*(attn_output|ffn_down)\\.weight")) {
                    fill(row, random, scale);
                  }
                }));
  }

  private static void fill(float[] row, RandomGenerator random, double scale) {
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (random.nextGaussian() * scale);
    }
  }

  @FunctionalInterface
  private interface Matrices {
    void add(String name, int columns, int rows, double scale);
  }

  private void layers(Matrices matrices) {
    int width = shape.embedding();
    int forward = shape.feedForward();
    double scale = 1 / Math.sqrt(width);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "blk." + i + ".";
      out.vector(layer + "attn_norm.weight", width, 1);
      matrices.add(layer + "attn_q.weight", width, width, scale);
      matrices.add(layer + "attn_k.weight", width, shape.keyValueWidth(), scale);
      matrices.add(layer + "attn_v.weight", width, shape.keyValueWidth(), scale);
      matrices.add(layer + "attn_output.weight", width, width, scale);
      out.vector(layer + "ffn_norm.weight", width, 1);
      matrices.add(layer + "ffn_gate.weight", width, forward, scale);
      matrices.add(layer + "ffn_up.weight", width, forward, scale);
      matrices.add(layer + "ffn_down.weight", forward, width, 1 / Math.sqrt(forward));
    }
  }
}
