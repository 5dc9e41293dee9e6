package dev.tsuku.llm.llama.abi;

import static dev.tsuku.llm.llama.abi.Struct.bool;
import static dev.tsuku.llm.llama.abi.Struct.bools;
import static dev.tsuku.llm.llama.abi.Struct.float32;
import static dev.tsuku.llm.llama.abi.Struct.int32;
import static dev.tsuku.llm.llama.abi.Struct.int64;
import static dev.tsuku.llm.llama.abi.Struct.pointer;

/**
 * The structs that go to C, written down from {@code llama.h} and {@code ggml.h} of v0.4.0 and
 * v0.5.0.
 */
public final class Structs {

  /** {@code llama_model_params}. */
  public static final Struct MODEL_PARAMS =
      Struct.of(
          pointer("devices"),
          pointer("tensor_buft_overrides"),
          int32("n_gpu_layers", -1),
          int32("split_mode", 1),
          int32("load_mode", -1),
          int32("lazy_mode", 1),
          int32("main_gpu", 0),
          pointer("tensor_split"),
          pointer("progress_callback"),
          pointer("progress_callback_user_data"),
          pointer("kv_overrides"),
          bool("vocab_only", false),
          bool("check_tensors", false),
          bool("use_extra_bufts", true),
          bool("no_host", false),
          bool("no_alloc", false),
          bool("load_mtp", false));

  /** {@code llama_context_params}. */
  public static final Struct CONTEXT_PARAMS =
      Struct.of(
          int32("n_ctx", 512),
          int32("n_batch", 2048),
          int32("n_ubatch", 512),
          int32("n_seq_max", 1),
          int32("n_rs_seq", 0),
          int32("n_outputs_max", 0),
          int32("n_outputs_max_per_seq", 1),
          int32("n_threads", 4),
          int32("n_threads_batch", 4),
          int32("ctx_type", 0),
          int32("rope_scaling_type", -1),
          int32("pooling_type", -1),
          int32("attention_type", -1),
          int32("flash_attn_type", -1),
          float32("rope_freq_base", 0),
          float32("rope_freq_scale", 0),
          float32("yarn_ext_factor", -1),
          float32("yarn_attn_factor", -1),
          float32("yarn_beta_fast", -1),
          float32("yarn_beta_slow", -1),
          int32("yarn_orig_ctx", 0),
          float32("defrag_thold", -1),
          pointer("cb_eval"),
          pointer("cb_eval_user_data"),
          int32("type_k", 1),
          int32("type_v", 1),
          pointer("abort_callback"),
          pointer("abort_callback_data"),
          bool("embeddings", false),
          bool("offload_kqv", true),
          bool("no_perf", true),
          bool("op_offload", true),
          bool("swa_full", true),
          bool("kv_unified", false),
          pointer("samplers"),
          int64("n_samplers", 0),
          pointer("ctx_other"));

  /** {@code llama_batch}. */
  public static final Struct BATCH =
      Struct.of(
          int32("n_tokens", 0),
          pointer("token"),
          pointer("embd"),
          pointer("pos"),
          pointer("n_seq_id"),
          pointer("seq_id"),
          pointer("logits"));

  /** {@code ggml_threadpool_params}, with the defaults for one thread. */
  public static final Struct THREAD_POOL_PARAMS =
      Struct.of(
          bools("cpumask", 512),
          int32("n_threads", 1),
          int32("prio", 0),
          int32("poll", 50),
          bool("strict_cpu", false),
          bool("paused", false));

  private Structs() {}
}
