package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import dev.tsuku.llm.protocol.v1.MetricsRequest;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One gRPC channel to one daemon; when that daemon goes, this is of no more use. Thread-safe; owned
 * and closed by the client. Interrupting a caller cancels its call.
 */
final class Connection implements AutoCloseable {

  private static final long CLOSED_WITHIN_SECONDS = 1;

  private final Home home;
  private final Duration answersWithin;
  private final ManagedChannel channel;
  private final InferenceServiceBlockingStub daemon;

  /**
   * Connects with the first call.
   *
   * @param answersWithin a daemon that listens and says nothing for this long, when it is asked for
   *     what it can answer at once, is not one to wait for
   */
  Connection(Home home, EventLoop loop, Duration answersWithin) {
    this.home = home;
    this.answersWithin = answersWithin;
    this.channel =
        NettyChannelBuilder.forTarget(SocketResolver.target(home.socket()))
            .overrideAuthority("localhost")
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .eventLoopGroup(loop.group())
            .usePlaintext()
            .disableRetry()
            .build();
    this.daemon = InferenceServiceGrpc.newBlockingStub(channel);
  }

  /** Initializes what the first connection of a process needs, and connects to nobody. */
  static void prepare() {
    try (EventLoop loop = new EventLoop()) {
      new Connection(new Home(Path.of("/")), loop, Duration.ZERO).close();
    }
  }

  Completion complete(Prompt prompt) {
    return call(stub -> Wire.completion(stub.complete(Wire.request(prompt))));
  }

  /** Tells the listener what comes before the end; what it throws cancels the call. */
  Completion stream(Prompt prompt, StreamListener listener) {
    CancellableContext context = Context.current().withCancellation();
    try {
      return read(begin(prompt, context), listener);
    } catch (StatusRuntimeException e) {
      throw listener.hasAnswer() ? Failures.midAnswer(e, home) : Failures.translated(e, home);
    } catch (OutOfMemoryError e) {
      throw Failures.ofThreads(e);
    } finally {
      context.cancel(null);
    }
  }

  private Iterator<dev.tsuku.llm.protocol.v1.CompletionEvent> begin(
      Prompt prompt, CancellableContext context) {
    Context before = context.attach();
    try {
      return daemon.completeStream(Wire.request(prompt));
    } finally {
      context.detach(before);
    }
  }

  private static Completion read(
      Iterator<dev.tsuku.llm.protocol.v1.CompletionEvent> events, StreamListener listener) {
    Optional<Completion> done = Optional.empty();
    while (events.hasNext()) {
      dev.tsuku.llm.protocol.v1.CompletionEvent event = events.next();
      if (event.hasDone()) {
        done = Optional.of(Wire.completion(event.getDone()));
      }
      Wire.event(event).ifPresent(listener::onEvent);
    }
    return done.orElseThrow(
        () ->
            new ClientException(
                Kind.FAILED,
                "The daemon ended its answer without saying how. Use a client and a daemon of one"
                    + " version."));
  }

  DaemonStatus status() {
    return call(
        stub ->
            Wire.status(
                stub.withDeadlineAfter(answersWithin)
                    .getStatus(StatusRequest.getDefaultInstance())));
  }

  String metrics() {
    return call(
        stub ->
            stub.withDeadlineAfter(answersWithin)
                .getMetrics(MetricsRequest.getDefaultInstance())
                .getText());
  }

  boolean shutdown(boolean graceful) {
    ShutdownRequest request =
        ShutdownRequest.newBuilder().setGraceful(graceful).setNow(!graceful).build();
    return call(stub -> stub.withDeadlineAfter(answersWithin).shutdown(request).getAccepted());
  }

  private <T> T call(Function<InferenceServiceBlockingStub, T> call) {
    try {
      return call.apply(daemon);
    } catch (StatusRuntimeException e) {
      throw Failures.translated(e, home);
    } catch (OutOfMemoryError e) {
      throw Failures.ofThreads(e);
    }
  }

  /** Takes no new call and lets those under way end by themselves. */
  void retire() {
    var _ = channel.shutdown();
  }

  /** Cancels what is under way. */
  @Override
  public void close() {
    try {
      channel.shutdownNow().awaitTermination(CLOSED_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
