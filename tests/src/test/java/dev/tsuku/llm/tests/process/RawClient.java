package dev.tsuku.llm.tests.process;

import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc.InferenceServiceBlockingV2Stub;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc.InferenceServiceFutureStub;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The generated stubs on the daemon's socket, with nothing in between. */
final class RawClient implements AutoCloseable {

  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("raw-client", true), NioIoHandler.newFactory());
  private final ManagedChannel channel;

  RawClient(Path home) {
    channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(home.resolve("llm.sock")))
            .channelType(NioDomainSocketChannel.class)
            .eventLoopGroup(eventLoop)
            .usePlaintext()
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  InferenceServiceBlockingV2Stub blocking() {
    return InferenceServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  InferenceServiceFutureStub future() {
    return InferenceServiceGrpc.newFutureStub(channel);
  }

  /** A question of one user message. */
  static CompletionRequest.Builder ask(String text) {
    return CompletionRequest.newBuilder()
        .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent(text));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    boolean ignored =
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }
}
