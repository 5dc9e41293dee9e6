package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.tsuku.llm.daemon.intake.Reception;
import dev.tsuku.llm.daemon.intake.Receptions;
import dev.tsuku.llm.daemon.intake.RequestMemory;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import io.grpc.Context;
import io.grpc.Metadata;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MessageReaderTest {

  /** As of a call that has just begun. */
  private static Reception reception() throws Exception {
    return new Receptions(RequestMemory.ofThisProcess())
        .newServerStreamTracer("a.Service/Method", new Metadata())
        .filterContext(Context.ROOT)
        .call(Reception::current);
  }

  private static void assertRefused(byte[] bytes, String problem) {
    assertThatThrownBy(
            () ->
                MessageReader.read(
                    new ByteArrayInputStream(bytes),
                    reception(),
                    CompletionRequest.getDefaultInstance()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "The request is no valid tsuku.llm.v1.CompletionRequest: "
                + problem
                + ". Send it as Protocol Buffers encode it.");
  }

  @Test
  void bytes_that_are_no_message_are_refused_in_one_sentence_with_their_place() {
    byte[] whole =
        CompletionRequest.newBuilder().setSystemPrompt("Be brief.").build().toByteArray();
    assertRefused(Arrays.copyOf(whole, 5), "it is cut off or damaged at byte 2 of 5");
    assertRefused(new byte[] {0, 0, 0}, "it is cut off or damaged at byte 1 of 3");
    assertRefused(new byte[] {12}, "it ends a group that has not begun at byte 1 of 1");
  }

  @Test
  void text_that_is_not_utf8_is_refused_in_one_sentence() {
    byte[] bytes =
        UnknownFieldSet.newBuilder()
            .addField(
                CompletionRequest.SYSTEM_PROMPT_FIELD_NUMBER,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFrom(new byte[] {(byte) 0xff, 'a'}))
                    .build())
            .build()
            .toByteArray();
    assertRefused(bytes, "a text in it is not UTF-8");
  }
}
