package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.protocol.Home;
import java.util.Optional;

/** What can be set, and which places may set it. */
public enum Key {
  HOME("", Home.VARIABLE, "", ""),
  ENABLED("local_enabled", "", "", ""),
  PRELOAD("local_preemptive", "", "", ""),
  MODEL("local_model", "TSUKU_LLM_MODEL", "", "the newest in models/"),
  BACKEND("local_backend", "TSUKU_LLM_BACKEND", "", "the best there is"),
  IDLE_TIMEOUT("idle_timeout", "TSUKU_LLM_IDLE_TIMEOUT", "--idle-timeout", ""),
  CHAT_TEMPLATE(
      "chat_template", "TSUKU_LLM_CHAT_TEMPLATE", "--chat-template", "the one in the model's file"),
  CONTEXT("context_tokens", "TSUKU_LLM_CONTEXT", "", "what fits the memory"),
  SEQUENCES("sequences", "TSUKU_LLM_SEQUENCES", "", "what fits the context"),
  KV_CACHE_TYPE("kv_cache_type", "TSUKU_LLM_KV_CACHE_TYPE", "", "f16 where it fits"),
  CACHE("cache_mib", "TSUKU_LLM_CACHE_MIB", "", ""),
  THREADS("", "TSUKU_LLM_THREADS", "", "one for each free core"),
  LIBRARY("", "TSUKU_LLM_LIBRARY_PATH", "", "the one that came along");

  private final String fileKey;
  private final String variable;
  private final String flag;
  private final String meaningOfNone;

  Key(String fileKey, String variable, String flag, String meaningOfNone) {
    this.fileKey = fileKey;
    this.variable = variable;
    this.flag = flag;
    this.meaningOfNone = meaningOfNone;
  }

  /** What people call it: its key in {@code config.toml}, or its variable where it has no key. */
  public String label() {
    return fileKey.isEmpty() ? variable : fileKey;
  }

  /** What the daemon takes where nobody says anything; empty where there is a fixed default. */
  public String meaningOfNone() {
    return meaningOfNone;
  }

  /** The key in the table {@code [llm]}. */
  Optional<String> fileKey() {
    return named(fileKey);
  }

  /** The variable of the environment. */
  Optional<String> variable() {
    return named(variable);
  }

  /** The option of {@code serve}. */
  Optional<String> flag() {
    return named(flag);
  }

  /** Whether it is true or false, and not a text. */
  boolean isTruth() {
    return this == ENABLED || this == PRELOAD;
  }

  private static Optional<String> named(String name) {
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }
}
