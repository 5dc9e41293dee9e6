package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.intake.FrameWatch;
import dev.tsuku.llm.daemon.intake.LazyGzip;
import dev.tsuku.llm.daemon.intake.Receptions;
import dev.tsuku.llm.daemon.intake.RequestMemory;
import dev.tsuku.llm.daemon.threads.CallThreads;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * All of a server that touches no file: its threads, and gRPC's server, not listening yet. Closed
 * by whoever has it, after the server has ended.
 */
final class ServerParts implements AutoCloseable {

  /** One more than may be accepted: what is larger is refused here, not by gRPC. */
  private static final int MAX_MESSAGE_BYTES = Receptions.MAX_MESSAGE_BYTES + 1;

  /** What a connection may send before there is memory for it. */
  private static final int WINDOW_BYTES = 64 << 10;

  /** Of one connection; clients hold back what is more. */
  private static final int MAX_CALLS = 512;

  static {
    // Netty would look for other loggers first, in every jar.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private final Receptions receptions = new Receptions(RequestMemory.ofThisProcess());
  private final PeerCheck peers = new PeerCheck(() -> new FrameWatch(receptions));
  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("event-loop", true), NioIoHandler.newFactory());
  private final CallThreads calls = new CallThreads();
  private final Server server;

  /**
   * Parts that are to listen at {@code address}, each call on a virtual thread of its own.
   *
   * @param address touched only when the server starts
   */
  ServerParts(Path address, Services services) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(address))
            .channelFactory(this::newChannel)
            .bossEventLoopGroup(eventLoop)
            .workerEventLoopGroup(eventLoop)
            .executor(calls)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .flowControlWindow(WINDOW_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
            .decompressorRegistry(LazyGzip.registry())
            .addStreamTracerFactory(receptions)
            .fallbackHandlerRegistry(services.unknown())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    services.known().forEach(builder::addService);
    server = builder.build();
    initializeNetty();
  }

  private NioServerDomainSocketChannel newChannel() {
    NioServerDomainSocketChannel channel = new NioServerDomainSocketChannel();
    channel.pipeline().addFirst(peers);
    return channel;
  }

  /**
   * The first channel of a process takes 30 ms, for all that Netty initializes with it. That
   * channel is not the one that clients wait for.
   */
  private void initializeNetty() {
    NioServerDomainSocketChannel channel = new NioServerDomainSocketChannel();
    eventLoop.register(channel).syncUninterruptibly();
    channel.close().syncUninterruptibly();
  }

  /** To be called every few seconds: calls always find a thread then. */
  void keepThreads() {
    calls.keepCarrier();
  }

  /** Started and shut down by whoever has the parts. */
  Server server() {
    return server;
  }

  /** Lets nobody in until it knows whom. */
  PeerCheck peers() {
    return peers;
  }

  @Override
  public void close() {
    // The process ends 300 ms later than it could while a thread is inside the selector.
    boolean ignored =
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    // Last: a call that still comes in and finds no thread is told of an internal error.
    calls.close();
  }
}
