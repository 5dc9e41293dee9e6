package dev.tsuku.llm.daemon.socket;

import io.grpc.HandlerRegistry;
import io.grpc.ServerServiceDefinition;
import java.util.List;

/**
 * What a server serves.
 *
 * @param known its services
 * @param unknown answers calls of all other methods
 */
public record Services(List<ServerServiceDefinition> known, HandlerRegistry unknown) {}
