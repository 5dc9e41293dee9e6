package dev.tsuku.llm.client;

import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.v1.ByteProgress;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.MetricsRequest;
import dev.tsuku.llm.protocol.v1.MetricsResponse;
import dev.tsuku.llm.protocol.v1.ModelState;
import dev.tsuku.llm.protocol.v1.PrefillProgress;
import dev.tsuku.llm.protocol.v1.Queued;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.protocol.v1.ShutdownResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.protocol.v1.ToolCall;
import dev.tsuku.llm.protocol.v1.Work;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Plays a daemon on a real Unix socket in this process; what it answers, the test says. */
final class FakeDaemon implements AutoCloseable {

  /** What a Complete gets. */
  interface Answers {
    void answer(CompletionRequest request, StreamObserver<CompletionResponse> caller);
  }

  /** What a CompleteStream gets. */
  interface Streams {
    void answer(CompletionRequest request, StreamObserver<CompletionEvent> caller);
  }

  private final Home home;
  private final Server server;
  private final MultiThreadIoEventLoopGroup loop;
  private final CountDownLatch stopAsked = new CountDownLatch(1);
  private volatile boolean draining;

  FakeDaemon(Home home, Answers answers) throws IOException {
    this(home, answers, FakeDaemon::echoInPieces);
  }

  FakeDaemon(Home home, Answers answers, Streams streams) throws IOException {
    this.home = home;
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("fake-daemon", true), NioIoHandler.newFactory());
    Files.deleteIfExists(home.socket());
    this.server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(home.socket()))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(new Service(answers, streams))
            .build()
            .start();
  }

  /** An answer that says what was asked. */
  static void echo(CompletionRequest request, StreamObserver<CompletionResponse> caller) {
    caller.onNext(
        CompletionResponse.newBuilder()
            .setContent("echo " + request.getMessages(0).getContent())
            .setStopReason("end_turn")
            .setModel("fake")
            .build());
    caller.onCompleted();
  }

  /** The same, with all that can be told on the way. */
  static void echoInPieces(CompletionRequest request, StreamObserver<CompletionEvent> caller) {
    String said = request.getMessages(0).getContent();
    caller.onNext(event().setQueued(Queued.newBuilder().setPosition(2)).build());
    caller.onNext(event().setDownloading(progress(1, 10)).build());
    caller.onNext(event().setLoading(progress(5, 10)).build());
    caller.onNext(
        event()
            .setPrefill(
                PrefillProgress.newBuilder().setTokens(7).setTotalTokens(9).setCachedTokens(4))
            .build());
    caller.onNext(event().setText("echo ").build());
    caller.onNext(event().setText(said).build());
    caller.onNext(event().build());
    caller.onNext(
        event()
            .setToolCall(ToolCall.newBuilder().setId("c1").setName("look").setArgumentsJson("{}"))
            .build());
    caller.onNext(
        event()
            .setDone(
                CompletionResponse.newBuilder()
                    .setContent("echo " + said)
                    .setStopReason("end_turn")
                    .setModel("fake"))
            .build());
    caller.onCompleted();
  }

  static CompletionEvent.Builder event() {
    return CompletionEvent.newBuilder();
  }

  private static ByteProgress progress(long bytes, long total) {
    return ByteProgress.newBuilder().setBytes(bytes).setTotalBytes(total).build();
  }

  void drain() {
    draining = true;
  }

  void awaitStopAsked() throws InterruptedException {
    if (!stopAsked.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("Nobody asked the fake daemon to stop.");
    }
  }

  @Override
  public void close() throws IOException {
    server.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    Files.deleteIfExists(home.socket());
    Files.deleteIfExists(home.lock());
  }

  private final class Service extends InferenceServiceGrpc.InferenceServiceImplBase {

    private final Answers answers;

    private final Streams streams;

    Service(Answers answers, Streams streams) {
      this.answers = answers;
      this.streams = streams;
    }

    @Override
    public void completeStream(CompletionRequest request, StreamObserver<CompletionEvent> caller) {
      streams.answer(request, caller);
    }

    @Override
    public void complete(CompletionRequest request, StreamObserver<CompletionResponse> caller) {
      answers.answer(request, caller);
    }

    @Override
    public void getStatus(StatusRequest request, StreamObserver<StatusResponse> caller) {
      caller.onNext(
          StatusResponse.newBuilder()
              .setReady(!draining)
              .setDraining(draining)
              .setModelName("fake")
              .setModelSizeBytes(1_200_000)
              .setModelState(ModelState.MODEL_STATE_LOADED)
              .setLoadedModel("other")
              .addRestingModels("third")
              .setBackend("cpu")
              .setAddonVersion("1.2.3")
              .setStartedUnixMillis(1_000)
              .setLogFile(home.log().toString())
              .setNote("Mind it.")
              .setWork(
                  Work.newBuilder()
                      .setRunning(1)
                      .setRunningLimit(8)
                      .setWaiting(2)
                      .setWaitingLimit(64)
                      .setContextTokens(32)
                      .setBusyContextTokens(3)
                      .setKeptContextTokens(4)
                      .setKvCacheType("q8_0")
                      .setComputeThreads(1)
                      .setComputeThreadsLimit(2)
                      .setAnswered(5)
                      .setInputTokens(60)
                      .setCachedInputTokens(7)
                      .setOutputTokens(8)
                      .setPrefillTokensPerSecond(90.5)
                      .setDecodeTokensPerSecond(10.25))
              .build());
      caller.onCompleted();
    }

    @Override
    public void getMetrics(MetricsRequest request, StreamObserver<MetricsResponse> caller) {
      caller.onNext(MetricsResponse.newBuilder().setText("# none\n").build());
      caller.onCompleted();
    }

    @Override
    public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> caller) {
      caller.onNext(ShutdownResponse.newBuilder().setAccepted(true).build());
      caller.onCompleted();
      stopAsked.countDown();
    }
  }
}
