package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.RawHttp2.Ending;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bytes that are no request are answered by one sentence with a reason, and leave no trace. */
@Timeout(180)
class WrongBytesTest {

  private static final int MIB = 1 << 20;
  private static final Duration QUICK = Duration.ofSeconds(60);

  @RegisterExtension final VictimHome home = new VictimHome();

  /** Attacks a daemon, which afterwards has to be as well as before. */
  private interface Play {
    void on(RawHttp2 connection) throws Exception;
  }

  private void attack(Play play) throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path())) {
      try (RawHttp2 connection = new RawHttp2(home.socket())) {
        play.on(connection);
        // The connection itself is as good as before.
        Ending ending =
            connection.call(RawHttp2.COMPLETE, ask().setMaxTokens(1).build().toByteArray());
        assertThat(ending.code()).isZero();
      }
      assertThat(daemon.err()).isEmpty();
      assertThat(daemon.log().lines()).noneMatch(line -> line.startsWith("\tat "));
    }
  }

  private static CompletionRequest.Builder ask() {
    return RawClient.ask("Hi");
  }

  private static Ending assertEnds(Reason reason, Ending ending) {
    assertThat(ending.code()).as("%s", ending).isEqualTo(reason.code().value());
    assertThat(ending.reason()).isEqualTo(reason.wireName());
    String message =
        URLDecoder.decode(ending.message().replace("+", "%2B"), StandardCharsets.UTF_8);
    assertThat(message.getBytes(StandardCharsets.UTF_8).length).isBetween(20, 1024);
    assertThat(message).doesNotContainPattern("(.)\\1{80}");
    return new Ending(ending.code(), message, ending.reason());
  }

  @Test
  void a_million_empty_sub_messages_are_refused_by_their_number() throws Exception {
    byte[] bytes = new byte[16 * MIB];
    for (int i = 0; i < bytes.length; i += 2) {
      bytes[i] = CompletionRequest.MESSAGES_FIELD_NUMBER << 3 | 2;
    }
    attack(
        connection -> {
          for (int i = 0; i < 3; i++) {
            Ending ending =
                assertEnds(Reason.INVALID_REQUEST, connection.call(RawHttp2.COMPLETE, bytes));
            assertThat(ending.message()).contains("8388608 fields", "65536");
          }
        });
    assertThat(Files.readString(home.log()))
        .contains("INFO r1: refused before parsing as INVALID_ARGUMENT\n");
  }

  @Test
  void bytes_that_are_no_message_and_text_that_is_no_utf_8_are_invalid_arguments()
      throws Exception {
    attack(
        connection -> {
          Random random = new Random(1);
          for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            bytes[0] = 0;
            Ending ending =
                assertEnds(Reason.INVALID_REQUEST, connection.call(RawHttp2.COMPLETE, bytes));
            assertThat(ending.message()).contains("tsuku.llm.v1.CompletionRequest");
          }
          for (int field : List.of(1, 5, 6, 13, 14)) {
            byte[] bytes = {(byte) (field << 3 | 2), 3, 'a', (byte) 0xff, 'b'};
            Ending ending =
                assertEnds(Reason.INVALID_REQUEST, connection.call(RawHttp2.COMPLETE, bytes));
            assertThat(ending.message()).contains("UTF-8");
          }
          for (String method : List.of("GetStatus", "Shutdown", "CompleteStream", "GetMetrics")) {
            assertEnds(
                Reason.INVALID_REQUEST,
                connection.call("/tsuku.llm.v1.InferenceService/" + method, new byte[] {0, 1}));
          }
          assertEnds(
              Reason.INVALID_REQUEST,
              connection.call("/grpc.health.v1.Health/Check", new byte[] {0, 1}));
        });
  }

  @Test
  void unknown_methods_are_unimplemented_and_quoted_in_part() throws Exception {
    attack(
        connection -> {
          Ending ending =
              assertEnds(
                  Reason.UNKNOWN_METHOD,
                  connection.call(
                      "/tsuku.llm.v1.InferenceService/" + "x".repeat(3000),
                      ask().build().toByteArray()));
          assertThat(ending.message()).contains("'tsuku.llm.v1.InferenceService/xxx");
          assertEnds(Reason.UNKNOWN_METHOD, connection.call("/a/b", new byte[0]));
        });
  }

  @Test
  void messages_that_are_too_large_are_refused_with_both_sizes_before_they_are_sent()
      throws Exception {
    attack(
        connection -> {
          for (int size : List.of(16 * MIB + 1, 17 * MIB, 1 << 30)) {
            RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
            connection.send(call, RawHttp2.prefixed(0, size, new byte[100]), false);
            Ending ending = assertEnds(Reason.REQUEST_TOO_LARGE, connection.await(call, QUICK));
            assertThat(ending.message()).contains(size + " bytes", 16 * MIB + " bytes");
          }
          RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
          connection.send(call, RawHttp2.prefixed(0, -1, new byte[100]), false);
          assertThat(assertEnds(Reason.REQUEST_TOO_LARGE, connection.await(call, QUICK)).message())
              .contains("4294967295");
        });
  }

  @Test
  void what_grows_when_it_is_decompressed_is_refused_too() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      byte[] part = new byte[MIB];
      for (int i = 0; i < 64; i++) {
        out.write(part);
      }
    }
    attack(
        connection -> {
          assertEnds(Reason.REQUEST_TOO_LARGE, compressed(connection, 1, packed.toByteArray()));
          assertEnds(Reason.INVALID_REQUEST, compressed(connection, 1, new byte[] {1, 2, 3, 4, 5}));
          assertEnds(Reason.INVALID_REQUEST, compressed(connection, 7, new byte[5]));
          byte[] request = ask().setMaxTokens(1).build().toByteArray();
          ByteArrayOutputStream small = new ByteArrayOutputStream();
          try (GZIPOutputStream out = new GZIPOutputStream(small)) {
            out.write(request);
          }
          assertThat(compressed(connection, 1, small.toByteArray()).code()).isZero();
        });
  }

  private static Ending compressed(RawHttp2 connection, int flag, byte[] bytes) throws IOException {
    RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE, "grpc-encoding", "gzip");
    connection.send(call, RawHttp2.prefixed(flag, bytes.length, bytes), true);
    return connection.await(call, QUICK);
  }

  @Test
  void no_status_quotes_more_than_a_line_of_what_was_sent() throws Exception {
    String name = "n".repeat(50_000);
    attack(
        connection -> {
          for (CompletionRequest.Builder request :
              List.of(
                  ask().setModel("x/" + name),
                  ask().setToolChoice(name),
                  ask().addTools(ToolDef.newBuilder().setName(name)),
                  ask().addTools(ToolDef.newBuilder().setName("a")).setToolChoice(name),
                  ask().setJsonSchema("{\"type\": \"" + name + "\"}"),
                  ask().setJsonSchema("{\"" + name + "\": 1, \"type\": 3}"),
                  ask().setJsonSchema("{\"properties\": {\"" + name + "\": {\"type\": 3}}}"),
                  ask().setJsonSchema("{\"$ref\": \"#/" + name + "\"}"),
                  ask().setJsonSchema("{\"$ref\": \"" + name + "\"}"),
                  ask().setJsonSchema("{\"pattern\": \"(" + name + "\"}"),
                  ask().setJsonSchema("{\"enum\": [\"" + name + "\"], \"type\": \"object\"}"),
                  ask()
                      .setJsonSchema(
                          "{\"type\": \"object\", \"required\": [\""
                              + name
                              + "\"],"
                              + " \"additionalProperties\": false}"),
                  ask().setJsonSchema("{\"format\": \"" + name + "\", \"type\": 3}"),
                  ask().setJsonSchema(name))) {
            Ending ending = connection.call(RawHttp2.COMPLETE, request.build().toByteArray());
            assertThat(ending.code()).isEqualTo(Code.INVALID_ARGUMENT.value());
            assertEnds(
                Reason.valueOf(ending.reason().toUpperCase(Locale.ROOT).replace('-', '_')), ending);
          }
          Ending missing =
              connection.call(RawHttp2.COMPLETE, ask().setModel(name).build().toByteArray());
          assertEnds(Reason.MODEL_MISSING, missing);
        });
  }
}
