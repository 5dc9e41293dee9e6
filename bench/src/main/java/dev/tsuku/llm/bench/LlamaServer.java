package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Message;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** llama.cpp's own server, set up like our daemon, on a port of the loopback interface. */
final class LlamaServer implements Peer {

  private static final Duration START = Duration.ofSeconds(60);
  private static final JsonFactory JSON = new JsonFactory();

  private final Process process;
  private final URI address;
  private final HttpClient http = HttpClient.newHttpClient();

  private LlamaServer(Process process, URI address) {
    this.process = process;
    this.address = address;
  }

  static LlamaServer start(Path program, Path model, int threads, List<String> more)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--model",
                model.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--threads",
                Integer.toString(threads),
                "--ctx-size",
                "32768",
                "--batch-size",
                "512",
                "--ubatch-size",
                "512",
                "--parallel",
                "8",
                "--cache-reuse",
                "256",
                "--chat-template",
                "chatml"));
    command.addAll(more);
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    LlamaServer server = new LlamaServer(process, URI.create("http://127.0.0.1:" + port));
    try {
      server.awaitReady();
    } catch (IOException | InterruptedException | RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START.toNanos();
    HttpRequest health = HttpRequest.newBuilder(address.resolve("/health")).build();
    while (!isReady(health)) {
      if (System.nanoTime() > deadline || process.waitFor(50, TimeUnit.MILLISECONDS)) {
        throw new IOException("llama-server does not answer");
      }
    }
  }

  private boolean isReady(HttpRequest health) throws InterruptedException {
    try {
      return http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String name() {
    return "llama-server";
  }

  @Override
  public Reply ask(Ask ask) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body(ask)))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("llama-server answers " + response.body());
    }
    return read(response.body());
  }

  private static String body(Ask ask) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeNumberProperty("temperature", ask.isSampled() ? TEMPERATURE : 0);
      if (ask.isSampled()) {
        json.writeNumberProperty("top_p", TOP_P);
        json.writeNumberProperty("seed", SEED);
      }
      json.writeNumberProperty("max_tokens", ask.maxTokens());
      json.writeBooleanProperty("cache_prompt", true);
      if (!ask.schema().isEmpty()) {
        json.writeObjectPropertyStart("response_format");
        json.writeStringProperty("type", "json_schema");
        json.writeObjectPropertyStart("json_schema");
        json.writeStringProperty("name", "answer");
        json.writeBooleanProperty("strict", true);
        json.writeName("schema");
        json.writeRawValue(ask.schema());
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeArrayPropertyStart("messages");
      for (Message message : ask.conversation()) {
        json.writeStartObject();
        switch (message) {
          case Message.User(String content) -> {
            json.writeStringProperty("role", "user");
            json.writeStringProperty("content", content);
          }
          case Message.Assistant assistant -> {
            json.writeStringProperty("role", "assistant");
            json.writeStringProperty("content", assistant.content());
          }
          default -> throw new IllegalArgumentException("a conversation of texts only");
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }

  /** The values of four names, wherever they stand: none of them stands twice. */
  static Reply read(String body) {
    String content = "";
    int input = 0;
    int output = 0;
    double decode = 0;
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME) {
          String name = json.currentName();
          JsonToken value = json.nextToken();
          if (name.equals("content") && value == JsonToken.VALUE_STRING) {
            content = json.getString();
          } else if (name.equals("prompt_tokens")) {
            input = json.getIntValue();
          } else if (name.equals("completion_tokens")) {
            output = json.getIntValue();
          } else if (name.equals("predicted_ms")) {
            decode = json.getDoubleValue();
          }
        }
      }
    }
    return new Reply(content, input, output, decode);
  }

  @Override
  public void close() {
    http.shutdownNow();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
