package dev.tsuku.llm.daemon.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioChannelOption;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Lets only one user's processes in. Stands on the listening channel's own pipeline, before gRPC
 * hears of a connection, and asks the kernel who is at the other end; so that file modes opened by
 * mistake open nothing. Runs on the event loop; stateless.
 */
@Sharable
final class PeerCheck extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = System.getLogger(PeerCheck.class.getName());

  private final UserPrincipal owner;

  /**
   * A check that lets one user in.
   *
   * @param owner as the owner of a file that this process created
   */
  PeerCheck(UserPrincipal owner) {
    this.owner = owner;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    Channel accepted = (Channel) message;
    UnixDomainPrincipal peer =
        accepted.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
    if (peer != null && peer.user().equals(owner)) {
      context.fireChannelRead(message);
      return;
    }
    LOG.log(
        Level.WARNING,
        "refused a connection of user {0}: the daemon is {1}''s",
        peer == null ? "unknown" : peer.user().getName(),
        owner.getName());
    accepted.unsafe().closeForcibly();
  }
}
