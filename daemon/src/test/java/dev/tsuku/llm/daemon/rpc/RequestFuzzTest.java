package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import java.util.List;
import java.util.Optional;

/** Whatever bytes arrive, they are a request or are refused with a sentence of bounded size. */
class RequestFuzzTest {

  @FuzzTest(maxDuration = "60s")
  void any_bytes_are_a_request_or_refused(byte[] bytes) {
    try {
      long fields = WireScan.fields(bytes, CompletionRequest.getDescriptor());
      CompletionRequest request = CompletionRequest.parseFrom(bytes);
      // The scan stands for what is parsed: no message has more entries than it counts.
      assertThat(fields).isGreaterThanOrEqualTo(entries(request));
      GenerationRequest read = RequestReader.read("r1", request);
      assertThat(read.conversation().turns()).isNotEmpty();
      var _ = RequestReader.model(request);
    } catch (WireScan.WireException | InvalidProtocolBufferException e) {
      assertThat(e.getMessage()).isNotBlank();
    } catch (InvalidRequestException e) {
      String sentence =
          String.valueOf(StatusMapper.toStatus(e, Optional.empty()).getStatus().getDescription());
      assertThat(sentence.length()).isBetween(10, Quoted.MAX_BYTES);
    }
  }

  private static long entries(CompletionRequest request) {
    List<Message> messages = request.getMessagesList();
    return messages.size()
        + messages.stream().mapToLong(Message::getToolCallsCount).sum()
        + request.getToolsCount()
        + request.getStopCount();
  }
}
