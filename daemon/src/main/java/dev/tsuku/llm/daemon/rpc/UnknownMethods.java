package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.protocol.Reason;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers calls of methods that no service has. Stateless. */
public final class UnknownMethods extends HandlerRegistry {

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
    MethodDescriptor<InputStream, InputStream> method =
        MethodDescriptor.newBuilder(RequestGuard.BYTES, RequestGuard.BYTES)
            .setType(MethodType.UNKNOWN)
            .setFullMethodName(methodName)
            .build();
    return ServerMethodDefinition.create(method, (call, headers) -> refuse(call, methodName));
  }

  private static ServerCall.Listener<InputStream> refuse(
      ServerCall<InputStream, InputStream> call, String method) {
    StatusRuntimeException status =
        StatusMapper.refused(
            Reason.UNKNOWN_METHOD,
            "The daemon has no method "
                + Quoted.text(method)
                + ". Use a client of its version, or look at its reflection service.");
    call.close(
        status.getStatus(), Optional.ofNullable(status.getTrailers()).orElseGet(Metadata::new));
    return new ServerCall.Listener<>() {};
  }
}
