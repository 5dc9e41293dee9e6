package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Refuses a header whose numbers about the model's shape would make llama.cpp v0.4.0 end the
 * process. What makes it merely refuse the file is left to it.
 */
final class ShapeCheck {

  private static final long MOST_LAYERS = 512;
  private static final long MOST_EXPERTS = 1024;
  private static final long MOST_WIDTH = 1 << 20;

  /** Architectures that make no text from left to right, and what they are for. */
  private static final Set<String> ENCODERS =
      Set.of(
          "bert",
          "eurobert",
          "gemma-embedding",
          "jina-bert-v2",
          "jina-bert-v3",
          "llama-embed",
          "modern-bert",
          "neo-bert",
          "nomic-bert",
          "nomic-bert-moe",
          "t5",
          "t5encoder");

  private static final Set<String> DIFFUSION = Set.of("dream", "llada", "llada-moe", "rnd1");
  private static final Set<String> PARTS =
      Set.of("clip", "dflash", "eagle3", "gemma4-assistant", "pockettts", "wavtokenizer-dec");

  /** Architectures whose keys and values must have one size. */
  private static final Set<String> SAME_HEADS = Set.of("llama", "qwen2", "qwen3");

  private static final Set<String> ROPE_SCALINGS = Set.of("none", "linear", "yarn", "longrope");

  private final GgufHeader header;

  private ShapeCheck(GgufHeader header) {
    this.header = header;
  }

  static void run(GgufHeader header) {
    ShapeCheck check = new ShapeCheck(header);
    check.architecture();
    check.size("block_count", MOST_LAYERS);
    check.size("embedding_length", MOST_WIDTH);
    check.size("context_length", Integer.MAX_VALUE);
    check.atMost("nextn_predict_layers", header.blockCount().orElse(0));
    check.experts();
    check.heads();
    check.rope();
    check.epsilon("attention.layer_norm_rms_epsilon");
    check.epsilon("attention.layer_norm_epsilon");
  }

  private void architecture() {
    String architecture = header.architecture();
    String purpose =
        ENCODERS.contains(architecture)
            ? "reads text but does not go on with it"
            : DIFFUSION.contains(architecture)
                ? "writes by diffusion, which this program cannot do"
                : PARTS.contains(architecture) ? "is a part of another model" : "";
    if (!purpose.isEmpty()) {
      throw GgufHeader.refusal(
          Kind.UNSUPPORTED,
          header.file(),
          "holds a model of architecture '%s', which %s. Name a model that writes text."
              .formatted(architecture, purpose));
    }
  }

  private void size(String name, long most) {
    OptionalLong value = header.own(name);
    if (value.isEmpty() || value.getAsLong() < 1 || value.getAsLong() > most) {
      throw damaged(name, shown(value), "must be from 1 to " + most);
    }
  }

  private void atMost(String name, long most) {
    OptionalLong value = header.own(name);
    if (value.isPresent() && (value.getAsLong() < 0 || value.getAsLong() > most)) {
      throw damaged(name, shown(value), "can be at most " + most);
    }
  }

  private void experts() {
    atMost("expert_count", MOST_EXPERTS);
    long count = header.own("expert_count").orElse(0);
    long used = largest("expert_used_count");
    long groups = header.own("expert_group_count").orElse(0);
    long usedGroups = header.own("expert_group_used_count").orElse(0);
    // llama.cpp takes the one expert of these dense models back before it looks.
    boolean dense = count <= 1 && header.architecture().startsWith("hunyuan");
    if (dense) {
      return;
    }
    if (used > count || (count > 0 && used == 0)) {
      throw damaged("expert_used_count", "" + used, "does not fit %d experts".formatted(count));
    }
    if (groups < 0 || groups > Math.max(0, count - 1)) {
      throw damaged("expert_group_count", "" + groups, "does not fit %d experts".formatted(count));
    }
    if (groups > 1 && (count % groups != 0 || usedGroups < 1 || usedGroups >= groups)) {
      throw damaged(
          "expert_group_used_count",
          "" + usedGroups,
          "does not fit %d experts in %d groups".formatted(count, groups));
    }
  }

  private long largest(String name) {
    return perLayer(name).stream().mapToLong(Long::longValue).max().orElse(0);
  }

  private List<Long> perLayer(String name) {
    Optional<GgufValue.Array> array = header.contents().array(header.key(name));
    if (array.isPresent() && array.get().length() != header.blockCount().orElse(0)) {
      throw damaged(name, array.get().length() + " long", "must have one number for each layer");
    }
    List<Long> values = header.perLayer(name);
    if (values.stream().anyMatch(value -> value < 0 || value > MOST_WIDTH)) {
      throw damaged(name, "" + values, "can be at most " + MOST_WIDTH);
    }
    return values;
  }

  private void heads() {
    List<Long> heads = perLayer("attention.head_count");
    List<Long> remembered = perLayer("attention.head_count_kv");
    for (int i = 0; i < Math.min(heads.size(), remembered.size()); i++) {
      if (remembered.get(i) > 0 && heads.get(i) % remembered.get(i) != 0) {
        throw damaged(
            "attention.head_count_kv",
            "" + remembered.get(i),
            "does not divide the %d heads of layer %d".formatted(heads.get(i), i));
      }
    }
    atMost("attention.key_length", MOST_WIDTH);
    atMost("attention.value_length", MOST_WIDTH);
    if (SAME_HEADS.contains(header.architecture()) && !heads.isEmpty() && heads.getFirst() > 0) {
      long share = header.embeddingLength().orElse(0) / heads.getFirst();
      long key = header.own("attention.key_length").orElse(share);
      long value = header.own("attention.value_length").orElse(share);
      if (key != value || key < 1) {
        throw damaged("attention.key_length", "" + key, "must be the value length, " + value);
      }
    }
  }

  private void rope() {
    OptionalLong dimensions = header.own("rope.dimension_count");
    if (dimensions.isPresent() && (dimensions.getAsLong() < 0 || dimensions.getAsLong() % 2 != 0)) {
      throw damaged("rope.dimension_count", shown(dimensions), "must be an even number");
    }
    OptionalLong length = header.own("attention.key_length");
    if (dimensions.isPresent() && length.isPresent()) {
      atMost("rope.dimension_count", length.getAsLong());
    }
    String scaling = header.string(header.key("rope.scaling.type")).orElse("none");
    if (!ROPE_SCALINGS.contains(scaling)) {
      throw damaged("rope.scaling.type", "'" + GgufParser.abridged(scaling) + "'", "is unknown");
    }
  }

  private void epsilon(String name) {
    if (header.contents().metadata().get(header.key(name)) instanceof GgufValue.Real real
        && !(real.value() >= 0 && real.value() < 1)) {
      throw damaged(name, "" + real.value(), "must be from 0 to 1");
    }
  }

  private static String shown(OptionalLong value) {
    return value.isPresent() ? Long.toString(value.getAsLong()) : "missing";
  }

  private ModelException damaged(String name, String value, String rule) {
    return GgufHeader.refusal(
        Kind.DAMAGED,
        header.file(),
        "is damaged: %s is %s, but %s. Download it again."
            .formatted(header.key(name), value, rule));
  }
}
