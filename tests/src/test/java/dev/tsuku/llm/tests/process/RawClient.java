package dev.tsuku.llm.tests.process;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc.InferenceServiceBlockingV2Stub;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc.InferenceServiceFutureStub;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The generated stubs on the daemon's socket, with nothing in between. */
public final class RawClient implements AutoCloseable {

  // It warns at every connection that Unix sockets know no keep-alive.
  private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap");

  static {
    NETTY.setLevel(Level.SEVERE);
  }

  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("raw-client", true), NioIoHandler.newFactory());
  private final ManagedChannel channel;

  public RawClient(Path home) {
    this(home, NettyChannelBuilder.DEFAULT_FLOW_CONTROL_WINDOW);
  }

  /** With a window of its own: how many bytes the daemon may send before they are read. */
  RawClient(Path home, int window) {
    channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(home.resolve("llm.sock")))
            .channelType(NioDomainSocketChannel.class)
            .eventLoopGroup(eventLoop)
            .flowControlWindow(window)
            .usePlaintext()
            .build();
  }

  public ManagedChannel channel() {
    return channel;
  }

  public InferenceServiceBlockingV2Stub blocking() {
    return InferenceServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  public InferenceServiceFutureStub future() {
    return InferenceServiceGrpc.newFutureStub(channel);
  }

  /** A question of one user message. */
  public static CompletionRequest.Builder ask(String text) {
    return CompletionRequest.newBuilder()
        .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent(text));
  }

  /** A request that is under way: the model is loaded and has begun to answer. */
  public ListenableFuture<CompletionResponse> begin(int maxTokens)
      throws ExecutionException, InterruptedException, TimeoutException {
    future().complete(ask("Hi").setMaxTokens(1).build()).get(60, TimeUnit.SECONDS);
    return begin(ask("Hi").setMaxTokens(maxTokens).build());
  }

  /** A request that the daemon has in hand, whatever it still has to do for it. */
  public ListenableFuture<CompletionResponse> begin(CompletionRequest request) {
    ListenableFuture<CompletionResponse> answer = future().complete(request);
    while (inFlight() == 0) {
      if (answer.isDone()) {
        throw new AssertionError("the request was over before it was seen: " + answer);
      }
    }
    return answer;
  }

  private int inFlight() {
    try {
      return blocking().getStatus(StatusRequest.getDefaultInstance()).getInFlight();
    } catch (StatusException e) {
      throw new AssertionError("the daemon does not say how it is", e);
    }
  }

  /** How a call ends that is not answered; it has a minute for that. */
  public static Status statusOf(ListenableFuture<?> call)
      throws InterruptedException, TimeoutException {
    try {
      throw new AssertionError("the call was answered: " + call.get(60, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return Status.fromThrowable(e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    boolean ignored =
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }
}
