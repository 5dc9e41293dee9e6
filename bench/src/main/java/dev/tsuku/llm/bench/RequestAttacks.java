package dev.tsuku.llm.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.tsuku.llm.bench.AttackRun.Attack;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.testkit.RawHttp2;
import dev.tsuku.llm.testkit.RawHttp2.Ending;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** Single requests that are wrong. */
final class RequestAttacks {

  private static final int INVALID_ARGUMENT = 3;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  private static final int MIB = 1 << 20;

  private RequestAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("empty-sub-messages", 20, rounds -> each(rounds, RequestAttacks::empty)),
        new Attack("unknown-fields", 20, rounds -> each(rounds, RequestAttacks::unknownFields)),
        new Attack("deep-groups", 50, rounds -> each(rounds, RequestAttacks::deepGroups)),
        new Attack("deep-schema", 50, rounds -> each(rounds, RequestAttacks::deepSchema)),
        new Attack("deep-arguments", 50, rounds -> each(rounds, RequestAttacks::deepArguments)),
        new Attack("grounded-large", 5, rounds -> each(rounds, RequestAttacks::grounded)),
        new Attack("endless-templates", 100, rounds -> each(rounds, RequestAttacks::endless)),
        new Attack("invalid-utf-8", 1000, rounds -> each(rounds, RequestAttacks::invalidUtf8)),
        new Attack("unparsable", 5000, rounds -> each(rounds, RequestAttacks::unparsable)),
        new Attack("unknown-method", 1000, rounds -> each(rounds, RequestAttacks::unknownMethod)),
        new Attack("oversized", 50, rounds -> each(rounds, RequestAttacks::oversized)),
        new Attack("length-of-4-gib", 200, rounds -> each(rounds, RequestAttacks::hugeLength)),
        new Attack("bad-prefix", 200, rounds -> each(rounds, RequestAttacks::badPrefix)),
        new Attack("gzip-bomb", 20, RequestAttacks::gzipBombs),
        new Attack("long-names", 200, rounds -> each(rounds, RequestAttacks::longNames)));
  }

  /** What a template can do for a long time with two long strings. */
  private static final List<String> LONG_WORK =
      List.of(
          "b in a",
          "a.rfind(b)",
          "a.replace(b, a)",
          "a.split(b)",
          "a.strip(b)",
          "a | wordcount",
          "a is lower",
          "a == a[:-1] ~ 'x'",
          "a < a[:-1] ~ 'x'",
          "a | tojson",
          "range(99999) | list",
          "a | list | sort");

  /** One wrong request. */
  @FunctionalInterface
  private interface Wrong {
    /** Sends it; how it ended. */
    Ending send(RawHttp2 connection, Random random) throws IOException;
  }

  private static String each(int rounds, Wrong wrong) throws IOException, InterruptedException {
    Map<String, Integer> endings = new TreeMap<>();
    double[] millis = new double[rounds];
    try (Victim victim = Victim.start();
        RawHttp2 connection = victim.connect()) {
      for (int i = 0; i < rounds; i++) {
        long start = System.nanoTime();
        Ending ending = wrong.send(connection, new Random(i));
        millis[i] = (System.nanoTime() - start) / 1e6;
        if (ending.message().length() > 3 * 1024) {
          throw new AttackFailure("a message of " + ending.message().length() + " characters");
        }
        endings.merge(ending.code() + " " + ending.reason(), 1, Integer::sum);
      }
      victim.requireWell();
    }
    return endings + ", median " + Math.round(new Samples(millis).median()) + " ms";
  }

  private static Ending require(int code, Ending ending) {
    if (ending.code() != code || ending.reason().isEmpty()) {
      throw new AttackFailure("ended with " + ending + " instead of " + code + " and a reason");
    }
    return ending;
  }

  private static CompletionRequest.Builder ask() {
    return CompletionRequest.newBuilder()
        .setMaxTokens(1)
        .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent("Hi"));
  }

  private static Ending empty(RawHttp2 connection, Random random) throws IOException {
    byte[] message = new byte[16 * MIB];
    for (int i = 0; i < message.length; i += 2) {
      message[i] = CompletionRequest.MESSAGES_FIELD_NUMBER << 3 | 2;
    }
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, message));
  }

  /** A template of its own each time, so that nothing is known of it. */
  private static Ending endless(RawHttp2 connection, Random random) throws IOException {
    String work = LONG_WORK.get(random.nextInt(LONG_WORK.size()));
    String template =
        "{% set a = 'ab' * "
            + (50_000 + random.nextInt(50_000))
            + " %}{% set b = 'ba' * 40000 ~ 'c' %}{% for i in range(99999) %}{% for j in"
            + " range(99999) %}{% if "
            + work
            + " %}{% endif %}{% endfor %}{% endfor %}";
    byte[] message = ask().setChatTemplate(template).build().toByteArray();
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, message));
  }

  private static Ending unknownFields(RawHttp2 connection, Random random) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (int i = 0; i < 2_000_000; i++) {
      out.writeUInt32(100 + i % 100_000, i % 100);
    }
    out.flush();
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, bytes.toByteArray()));
  }

  private static Ending deepGroups(RawHttp2 connection, Random random) throws IOException {
    // The beginning of a group of field 500, again and again.
    UnknownFieldSet.Field.newBuilder().build();
    byte[] message = new byte[4 * MIB];
    for (int i = 0; i < message.length; i += 2) {
      message[i] = (byte) 0xa3;
      message[i + 1] = 0x1f;
    }
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, message));
  }

  private static Ending deepSchema(RawHttp2 connection, Random random) throws IOException {
    int depth = 100 + random.nextInt(100_000);
    String schema = "{\"items\":".repeat(depth) + "{}" + "}".repeat(depth);
    byte[] message = ask().setJsonSchema(schema).build().toByteArray();
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, message));
  }

  /** What a model's template makes of it is the template's business; the daemon has to live. */
  private static Ending deepArguments(RawHttp2 connection, Random random) throws IOException {
    int depth = 100 + random.nextInt(100_000);
    String arguments = "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    CompletionRequest request =
        ask()
            .addMessages(
                Message.newBuilder()
                    .setRole(Role.ROLE_ASSISTANT)
                    .addToolCalls(
                        dev.tsuku.llm.protocol.v1.ToolCall.newBuilder()
                            .setId("1")
                            .setName("a")
                            .setArgumentsJson(arguments)))
            .addMessages(Message.newBuilder().setRole(Role.ROLE_USER).setContent("Hi"))
            .build();
    return connection.call(RawHttp2.COMPLETE, request.toByteArray());
  }

  private static Ending grounded(RawHttp2 connection, Random random) throws IOException {
    String schema = "{\"type\": \"string\", \"x-grounded\": \"substring\"}";
    CompletionRequest request =
        ask()
            .addMessages(
                Message.newBuilder()
                    .setRole(Role.ROLE_USER)
                    .setContent(Words.text(random, 1_200_000)))
            .setJsonSchema(schema)
            .build();
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, request.toByteArray()));
  }

  private static Ending invalidUtf8(RawHttp2 connection, Random random) throws IOException {
    byte[] text = "some text here".getBytes(StandardCharsets.UTF_8);
    text[random.nextInt(text.length)] = (byte) (0x80 + random.nextInt(0x80));
    int field =
        List.of(1, 5, 6, 13, 14).get(random.nextInt(5)); // All fields of the request that are text.
    CompletionRequest request =
        CompletionRequest.newBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        field,
                        UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFrom(text))
                            .build())
                    .build())
            .build();
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, request.toByteArray()));
  }

  private static Ending unparsable(RawHttp2 connection, Random random) throws IOException {
    byte[] message = new byte[1 + random.nextInt(2000)];
    random.nextBytes(message);
    // No field has the number 0, wherever the random bytes lead.
    message[0] = 0;
    return require(INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, message));
  }

  private static Ending unknownMethod(RawHttp2 connection, Random random) throws IOException {
    String name = "a".repeat(1 + random.nextInt(2000));
    return require(
        UNIMPLEMENTED, connection.call("/tsuku.llm.v1.InferenceService/" + name, new byte[10]));
  }

  private static Ending oversized(RawHttp2 connection, Random random) throws IOException {
    byte[] message = new byte[17 * MIB];
    Ending ending = require(RESOURCE_EXHAUSTED, connection.call(RawHttp2.COMPLETE, message));
    if (!ending.message().contains(Integer.toString(message.length))
        || !ending.message().contains(Integer.toString(16 * MIB))) {
      throw new AttackFailure("does not name both sizes: " + ending);
    }
    return ending;
  }

  private static Ending hugeLength(RawHttp2 connection, Random random) throws IOException {
    return prefixed(connection, RESOURCE_EXHAUSTED, RawHttp2.prefixed(0, -1, new byte[9]));
  }

  private static Ending badPrefix(RawHttp2 connection, Random random) throws IOException {
    return prefixed(
        connection, INVALID_ARGUMENT, RawHttp2.prefixed(2 + random.nextInt(250), 9, new byte[9]));
  }

  private static Ending prefixed(RawHttp2 connection, int code, byte[] bytes) throws IOException {
    RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE);
    connection.send(call, bytes, false);
    return require(code, connection.await(call, Duration.ofSeconds(20)));
  }

  /** 256 MiB of zeros, compressed. */
  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      byte[] part = new byte[MIB];
      for (int i = 0; i < 256; i++) {
        out.write(part);
      }
    }
    return packed.toByteArray();
  }

  private static String gzipBombs(int rounds) throws IOException, InterruptedException {
    byte[] bytes = bomb();
    return each(rounds, (connection, random) -> gzipBomb(connection, bytes));
  }

  private static Ending gzipBomb(RawHttp2 connection, byte[] bytes) throws IOException {
    RawHttp2.Call call = connection.begin(RawHttp2.COMPLETE, "grpc-encoding", "gzip");
    connection.send(call, RawHttp2.prefixed(1, bytes.length, bytes), true);
    return require(RESOURCE_EXHAUSTED, connection.await(call, Duration.ofSeconds(60)));
  }

  private static Ending longNames(RawHttp2 connection, Random random) throws IOException {
    String name = "n".repeat(5000 + random.nextInt(100_000));
    CompletionRequest.Builder request =
        switch (random.nextInt(6)) {
          case 0 -> ask().setModel("x/" + name);
          case 1 -> ask().setToolChoice(name);
          case 2 -> ask().addTools(ToolDef.newBuilder().setName(name));
          case 3 -> ask().setJsonSchema("{\"" + name + "\": 1, \"type\": \"" + name + "\"}");
          case 4 ->
              ask()
                  .setJsonSchema(
                      "{\"properties\": {\"" + name + "\": {\"pattern\": \"(" + name + "\"}}}");
          default -> ask().setJsonSchema("{\"$ref\": \"#/" + name + "\"}");
        };
    return require(
        INVALID_ARGUMENT, connection.call(RawHttp2.COMPLETE, request.build().toByteArray()));
  }
}
