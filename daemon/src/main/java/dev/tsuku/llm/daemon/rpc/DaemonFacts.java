package dev.tsuku.llm.daemon.rpc;

import java.nio.file.Path;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a status tells besides the model.
 *
 * @param version of this program
 * @param started when the daemon started
 * @param log where its log is
 * @param backend asked at each status: what computes
 * @param availableVramBytes asked at each status
 * @param note asked at each status: what the user should know though all is well; or empty
 */
public record DaemonFacts(
    String version,
    Instant started,
    Path log,
    Supplier<String> backend,
    LongSupplier availableVramBytes,
    Supplier<String> note) {}
