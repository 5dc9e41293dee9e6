package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.models.KvCacheType;
import dev.tsuku.llm.protocol.Home;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a daemon is to run.
 *
 * @param home where its files are
 * @param idleTimeout after how long without a request it goes; zero for never
 * @param model the model to use where a request names none; empty for whatever is installed
 * @param backend the only kind of device to compute on; empty for the best there is
 * @param library a directory with an own build of llama.cpp; empty for the one that came along
 * @param contextTokens room for all requests together; empty for what fits the memory
 * @param sequences requests at work at once; empty for what fits the context
 * @param kvCacheType how keys and values are stored; empty for what fits the memory
 * @param threads how many threads compute; empty for one a free core
 * @param preload whether the model is loaded before the first request asks for it
 * @param chatTemplate for all models; empty for the one in the model's file
 * @param cacheMebibytes most room on disk for computed prefixes; 0: none are kept
 */
public record Settings(
    Home home,
    Duration idleTimeout,
    Optional<String> model,
    Optional<BackendKind> backend,
    Optional<Path> library,
    OptionalInt contextTokens,
    OptionalInt sequences,
    Optional<KvCacheType> kvCacheType,
    OptionalInt threads,
    boolean preload,
    Optional<ChatTemplateFile> chatTemplate,
    int cacheMebibytes) {

  /** 2 GiB. */
  public static final int DEFAULT_CACHE_MEBIBYTES = 2048;

  /** Five minutes. */
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(5);
}
