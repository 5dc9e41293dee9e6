package dev.tsuku.llm.client;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.StatusOr;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves gRPC targets that name a socket's path. A channel that is given an address makes a
 * target of its text, which gRPC cannot parse where the path has characters beyond ASCII; here all
 * bytes but those of ASCII are percent-encoded. Stateless.
 */
final class SocketResolver extends NameResolverProvider {

  private static final String SCHEME = "tsuku-llm-socket";

  /** Higher than those that look names up. */
  private static final int PRIORITY = 8;

  static {
    NameResolverRegistry.getDefaultRegistry().register(new SocketResolver());
  }

  private SocketResolver() {}

  /** The target of a channel to this socket. */
  static String target(Path socket) {
    return SCHEME + "://" + socket.toUri().getRawPath();
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    return target.getScheme().equals(SCHEME)
        ? new OneSocket(Path.of(URI.create("file://" + target.getRawPath())))
        : null;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return List.of(UnixDomainSocketAddress.class);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return PRIORITY;
  }

  private static final class OneSocket extends NameResolver {

    private final Path socket;

    OneSocket(Path socket) {
      this.socket = socket;
    }

    @Override
    public String getServiceAuthority() {
      return "localhost";
    }

    @Override
    public void start(Listener2 listener) {
      EquivalentAddressGroup address =
          new EquivalentAddressGroup(UnixDomainSocketAddress.of(socket));
      listener.onResult(
          ResolutionResult.newBuilder()
              .setAddressesOrError(StatusOr.fromValue(List.of(address)))
              .build());
    }

    @Override
    public void shutdown() {
      // Nothing is open.
    }
  }
}
