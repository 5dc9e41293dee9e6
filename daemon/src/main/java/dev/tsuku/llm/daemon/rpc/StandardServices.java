package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What every gRPC tool expects to find beside the service itself: health and reflection. Asking
 * them is no activity: a monitor must not keep a daemon awake.
 */
public final class StandardServices {

  private final HealthStatusManager health = new HealthStatusManager();

  /** Healthy until told otherwise. */
  public StandardServices() {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    health.setStatus(InferenceServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
  }

  /**
   * All services of the daemon, guarded: its own, {@code grpc.health.v1.Health}, and reflection, in
   * both versions, because tools of some age (and gRPC for Go as Debian has it) know only the
   * first.
   */
  @SuppressWarnings("deprecation")
  public List<ServerServiceDefinition> with(InferenceRpc inference) {
    RequestGuard others = new RequestGuard((_, _) -> Optional.empty());
    return Stream.concat(
            Stream.of(new RequestGuard(inference::refused).guard(inference.bindService())),
            Stream.of(
                    health.getHealthService(),
                    ProtoReflectionServiceV1.newInstance(),
                    ProtoReflectionService.newInstance())
                .map(service -> others.guard(service.bindService())))
        .toList();
  }

  /** From now on health says that nothing is served any more; it never says otherwise again. */
  public void draining() {
    health.enterTerminalState();
  }
}
