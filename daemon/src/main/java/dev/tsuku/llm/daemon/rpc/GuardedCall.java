package dev.tsuku.llm.daemon.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A call whose messages arrive as bytes, for a handler of parsed ones. It ends once: by its
 * handler, or, from any thread, by a refusal of what arrives; after that, whatever the handler
 * still sends is dropped.
 */
final class GuardedCall<Q, S> extends ServerCall<Q, S> {

  private final ServerCall<InputStream, S> call;
  private final MethodDescriptor<Q, S> method;

  @GuardedBy("this")
  private boolean ended;

  GuardedCall(ServerCall<InputStream, S> call, MethodDescriptor<Q, S> method) {
    this.call = call;
    this.method = method;
  }

  /**
   * Ends the call, unless it has ended.
   *
   * @return whether this ended it
   */
  synchronized boolean end(Status status, Metadata trailers) {
    if (ended) {
      return false;
    }
    ended = true;
    call.close(status, trailers);
    return true;
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    boolean ignored = end(status, trailers);
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!ended) {
      call.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(S message) {
    if (!ended) {
      call.sendMessage(message);
    }
  }

  @Override
  public synchronized void request(int messages) {
    if (!ended) {
      call.request(messages);
    }
  }

  @Override
  public boolean isReady() {
    return call.isReady();
  }

  @Override
  public boolean isCancelled() {
    return call.isCancelled();
  }

  @Override
  public void setMessageCompression(boolean enabled) {
    call.setMessageCompression(enabled);
  }

  @Override
  public void setCompression(String compressor) {
    call.setCompression(compressor);
  }

  @Override
  public void setOnReadyThreshold(int bytes) {
    call.setOnReadyThreshold(bytes);
  }

  @Override
  public Attributes getAttributes() {
    return call.getAttributes();
  }

  @Override
  public @Nullable String getAuthority() {
    return call.getAuthority();
  }

  @Override
  public SecurityLevel getSecurityLevel() {
    return call.getSecurityLevel();
  }

  @Override
  public MethodDescriptor<Q, S> getMethodDescriptor() {
    return method;
  }
}
