package dev.tsuku.llm.daemon.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioChannelOption;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.attribute.UserPrincipal;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Lets only one user's processes in. Stands on the listening channel's own pipeline, before gRPC
 * hears of a connection, and asks the kernel who is at the other end; so that file modes opened by
 * mistake open nothing. Until it is told whom to let in, it lets nobody in. Runs on the event loop;
 * told by the main thread.
 */
@Sharable
final class PeerCheck extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = System.getLogger(PeerCheck.class.getName());

  /** So that descriptors and memory for everything else are left. */
  static final int MAX_CONNECTIONS = 1024;

  private final Supplier<ChannelHandler> first;
  private volatile @Nullable UserPrincipal owner;

  /** Owned by the event loop. */
  private int connections;

  /**
   * A check that lets nobody in yet.
   *
   * @param first makes what stands before gRPC in each connection's pipeline
   */
  PeerCheck(Supplier<ChannelHandler> first) {
    this.first = first;
  }

  /**
   * Lets this user in from now on, and nobody else.
   *
   * @param user as the owner of a file that this process created
   */
  void letIn(UserPrincipal user) {
    owner = user;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel accepted = (Channel) message;
    UnixDomainPrincipal peer =
        accepted.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
    UserPrincipal wanted = owner;
    if (peer != null && peer.user().equals(wanted)) {
      if (connections >= MAX_CONNECTIONS) {
        LOG.log(
            Level.WARNING,
            "refused a connection: {0} are open, as many as are allowed",
            connections);
        accepted.unsafe().closeForcibly();
        return;
      }
      connections++;
      accepted.closeFuture().addListener(closed -> connections--);
      accepted.pipeline().addFirst(first.get());
      context.fireChannelRead(message);
      return;
    }
    LOG.log(
        Level.WARNING,
        "refused a connection of user {0}: the daemon is {1}''s",
        peer == null ? "unknown" : peer.user().getName(),
        wanted == null ? "nobody" : wanted.getName());
    accepted.unsafe().closeForcibly();
  }
}
