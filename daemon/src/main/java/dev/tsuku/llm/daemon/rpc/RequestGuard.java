package dev.tsuku.llm.daemon.rpc;

import com.google.protobuf.Message;
import dev.tsuku.llm.daemon.intake.Reception;
import dev.tsuku.llm.daemon.intake.Refusal;
import dev.tsuku.llm.daemon.log.RequestNumber;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Wraps a service, so that its messages are counted, limited and parsed here, and what is wrong
 * with one becomes a status with a reason. gRPC's own parsing would allocate whatever the bytes ask
 * for, and would log whatever it cannot parse.
 */
final class RequestGuard {

  private static final Logger LOG = System.getLogger(RequestGuard.class.getName());

  /** Messages stay the bytes that arrived. */
  static final Marshaller<InputStream> BYTES =
      new Marshaller<>() {
        @Override
        public InputStream stream(InputStream value) {
          return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
          return stream;
        }
      };

  /** Who counts the calls that this refuses. */
  @FunctionalInterface
  interface Refusals {
    /** Notes one; the number that names it in the log. */
    Optional<RequestNumber> note(String method, Status.Code code);
  }

  private final Refusals refused;

  /** A guard of services. */
  RequestGuard(Refusals refused) {
    this.refused = refused;
  }

  /** The same service behind this guard. */
  ServerServiceDefinition guard(ServerServiceDefinition service) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    service.getMethods().forEach(method -> methods.add(guard(method)));
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder guarded = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(guarded::addMethod);
    return guarded.build();
  }

  private <Q, S> ServerMethodDefinition<InputStream, S> guard(ServerMethodDefinition<Q, S> method) {
    MethodDescriptor<Q, S> descriptor = method.getMethodDescriptor();
    PrototypeMarshaller<Q> marshaller = (PrototypeMarshaller<Q>) descriptor.getRequestMarshaller();
    Object prototype = marshaller.getMessagePrototype();
    if (!(prototype instanceof Message message)) {
      throw new IllegalArgumentException(descriptor + " takes no Protocol Buffers");
    }
    ServerCallHandler<InputStream, S> handler =
        (call, headers) -> start(call, headers, method, message);
    return ServerMethodDefinition.create(
        descriptor.toBuilder(BYTES, descriptor.getResponseMarshaller()).build(), handler);
  }

  private <Q, S> ServerCall.Listener<InputStream> start(
      ServerCall<InputStream, S> call,
      Metadata headers,
      ServerMethodDefinition<Q, S> method,
      Message prototype) {
    GuardedCall<Q, S> guarded = new GuardedCall<>(call, method.getMethodDescriptor());
    Reception reception = Reception.current();
    // Before the first byte is asked for.
    reception.onRefusal(refusal -> refuse(guarded, refusal));
    Incoming<Q, S> incoming = new Incoming<>(guarded, reception, prototype);
    if (!guarded.hasEnded()) {
      incoming.handler = method.getServerCallHandler().startCall(guarded, headers);
    }
    return incoming;
  }

  private void refuse(GuardedCall<?, ?> call, Refusal refusal) {
    end(call, StatusMapper.refused(refusal.reason(), refusal.message()));
  }

  private void end(GuardedCall<?, ?> call, StatusRuntimeException status) {
    Metadata trailers = Optional.ofNullable(status.getTrailers()).orElseGet(Metadata::new);
    if (call.end(status.getStatus(), trailers)) {
      Status.Code code = status.getStatus().getCode();
      MethodDescriptor<?, ?> method = call.getMethodDescriptor();
      Optional<RequestNumber> number =
          refused.note(String.valueOf(method.getBareMethodName()), code);
      if (number.isPresent()) {
        LOG.log(Level.INFO, "{0}: refused before parsing as {1}", number.get(), code);
      } else {
        LOG.log(Level.INFO, "refused before parsing as {0}: {1}", code, method.getFullMethodName());
      }
    }
  }

  /** What arrives for one call, in gRPC's order: one thing after the other. */
  private final class Incoming<Q, S> extends ServerCall.Listener<InputStream> {

    private final GuardedCall<Q, S> call;
    private final Reception reception;
    private final Message prototype;
    private ServerCall.@Nullable Listener<Q> handler;

    /** From the first message until the handler has done with it. */
    private Reception.@Nullable Hold hold;

    Incoming(GuardedCall<Q, S> call, Reception reception, Message prototype) {
      this.call = call;
      this.reception = reception;
      this.prototype = prototype;
    }

    @Override
    @SuppressWarnings("unchecked") // The prototype is the method's own.
    public void onMessage(InputStream bytes) {
      ServerCall.Listener<Q> taker = handler;
      if (taker == null || call.hasEnded()) {
        return;
      }
      if (hold == null) {
        hold = reception.hold();
      }
      Message message;
      try {
        message = MessageReader.read(bytes, reception, prototype);
      } catch (RuntimeException | Error e) {
        end(call, StatusMapper.toStatus(e, Optional.empty()));
        return;
      }
      taker.onMessage((Q) message);
    }

    @Override
    public void onHalfClose() {
      ServerCall.Listener<Q> taker = handler;
      try {
        if (taker != null && !call.hasEnded()) {
          taker.onHalfClose();
        }
      } catch (OutOfMemoryError e) {
        // What a handler has not caught itself: blocked threads may need another carrier.
        end(call, StatusMapper.toStatus(e, Optional.empty()));
      } finally {
        letGo();
      }
    }

    @Override
    public void onCancel() {
      letGo();
      ServerCall.Listener<Q> taker = handler;
      if (taker != null) {
        taker.onCancel();
      }
    }

    @Override
    public void onComplete() {
      letGo();
      ServerCall.Listener<Q> taker = handler;
      if (taker != null) {
        taker.onComplete();
      }
    }

    @Override
    public void onReady() {
      ServerCall.Listener<Q> taker = handler;
      if (taker != null) {
        taker.onReady();
      }
    }

    private void letGo() {
      Reception.Hold held = hold;
      if (held != null) {
        held.close();
      }
    }
  }
}
