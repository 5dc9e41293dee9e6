package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.ToolCall;
import org.junit.jupiter.api.Test;

class WireScanTest {

  private static long fields(byte[] bytes) throws WireScan.WireException {
    return WireScan.fields(bytes, CompletionRequest.getDescriptor());
  }

  @Test
  void fields_of_sub_messages_and_unknown_ones_count() throws Exception {
    CompletionRequest request =
        CompletionRequest.newBuilder()
            .setSystemPrompt("s") // 1
            .setSeed(7) // 1
            .addStop("a") // 1
            .addStop("b") // 1
            .addMessages(
                Message.newBuilder() // 1
                    .setRole(Role.ROLE_ASSISTANT) // 1
                    .addToolCalls(ToolCall.newBuilder().setId("1").setName("n"))) // 3
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        99,
                        UnknownFieldSet.Field.newBuilder()
                            .addVarint(1) // 1
                            .addFixed64(2) // 1
                            .addLengthDelimited(ByteString.copyFromUtf8("\n\0\n\0")) // 1
                            .addGroup(
                                UnknownFieldSet.newBuilder() // 1
                                    .addField(
                                        7, UnknownFieldSet.Field.newBuilder().addFixed32(1).build())
                                    .build()) // 1
                            .build())
                    .build())
            .build();
    assertThat(fields(request.toByteArray())).isEqualTo(14);
    assertThat(fields(new byte[0])).isZero();
  }

  @Test
  void millions_of_empty_sub_messages_are_counted() throws Exception {
    byte[] bytes = new byte[16 << 20];
    for (int i = 0; i < bytes.length; i += 2) {
      bytes[i] = CompletionRequest.MESSAGES_FIELD_NUMBER << 3 | 2;
    }
    assertThat(fields(bytes)).isEqualTo(8 << 20);
  }

  @Test
  void groups_in_groups_end_at_a_depth_that_the_stack_takes() {
    byte[] bytes = new byte[1 << 20];
    java.util.Arrays.fill(bytes, (byte) (9 << 3 | 3));
    assertThatThrownBy(() -> fields(bytes))
        .isInstanceOf(WireScan.WireException.class)
        .hasMessage("is nested more than 32 levels deep at byte 32 of 1048576");
  }

  @Test
  void what_is_cut_off_or_no_message_is_refused() {
    byte[] whole =
        CompletionRequest.newBuilder()
            .addMessages(Message.newBuilder().setContent("some text"))
            .build()
            .toByteArray();
    for (int length = 1; length < whole.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> fields(cut))
          .isInstanceOf(WireScan.WireException.class)
          .hasMessageMatching("is cut off or damaged at byte \\d+ of " + length);
    }
    for (byte[] bytes : new byte[][] {{0}, {12}, {15}, {11, 20}, {10, -1, -1, -1, -1, 7}}) {
      assertThatThrownBy(() -> fields(bytes))
          .isInstanceOf(WireScan.WireException.class)
          .hasMessageMatching(
              "(is cut off or damaged|ends a group that has not begun) at byte \\d of \\d");
    }
  }
}
