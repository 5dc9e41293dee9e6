package dev.tsuku.llm.engine.backend;

/** How numbers of the KV cache are stored; named as in ggml. */
public enum KvCacheType {
  F16,
  Q8_0,
  Q4_0
}
