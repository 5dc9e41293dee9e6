package dev.tsuku.llm.daemon.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.daemon.intake.RequestMemory.Reservation;
import dev.tsuku.llm.protocol.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestMemoryTest {

  private static final int MIB = 1 << 20;

  private final RequestMemory memory = new RequestMemory(32 * MIB);

  @Test
  void what_does_not_fit_is_refused_until_something_is_released() {
    Reservation first = memory.open();
    Reservation second = memory.open();
    Reservation third = memory.open();
    assertThat(first.growTo(16 * MIB)).isTrue();
    assertThat(second.growTo(16 * MIB)).isTrue();
    assertThat(third.growTo(MIB)).isFalse();
    first.release();
    first.release();
    assertThat(memory.free()).isEqualTo(16 * MIB);
    assertThat(third.growTo(MIB)).isTrue();
    assertThat(first.growTo(1)).isFalse();
  }

  @Test
  void large_requests_keep_no_small_ones_out() {
    assertThat(memory.open().growTo(32 * MIB)).isTrue();
    List<Reservation> small = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      Reservation one = memory.open();
      assertThat(one.growTo(RequestMemory.SMALL_BYTES)).isTrue();
      small.add(one);
    }
    assertThat(memory.open().growTo(1)).isFalse();
    small.get(0).release();
    assertThat(memory.open().growTo(1)).isTrue();
  }

  @Test
  void a_small_request_that_grows_leaves_the_share_of_the_small_ones() {
    Reservation growing = memory.open();
    assertThat(growing.growTo(1000)).isTrue();
    assertThat(memory.free()).isEqualTo(32 * MIB);
    assertThat(growing.growTo(MIB)).isTrue();
    assertThat(growing.growTo(1000)).isTrue();
    assertThat(memory.free()).isEqualTo(31 * MIB);
    growing.release();
    assertThat(memory.free()).isEqualTo(32 * MIB);
  }

  @Test
  void a_refusal_names_what_was_asked_for_and_what_is_allowed() {
    Reception reception = new Reception(memory);
    assertThat(reception.reserve(30 * MIB)).isEmpty();
    assertThat(new Reception(memory).reserve(3 * MIB))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.reason()).isEqualTo(Reason.MEMORY_FULL);
              assertThat(refusal.message())
                  .contains("3145728 bytes", "33554432", "2097152 are free", "Try again");
            });
  }

  @Test
  void memory_is_held_until_the_last_holder_lets_go() {
    Reception reception = new Reception(memory);
    assertThat(reception.reserve(MIB)).isEmpty();
    try (Reception.Hold hold = reception.hold()) {
      reception.closed();
      assertThat(hold).isNotNull();
      assertThat(memory.free()).isEqualTo(31 * MIB);
    }
    assertThat(memory.free()).isEqualTo(32 * MIB);
    reception.hold().close();
    assertThat(memory.free()).isEqualTo(32 * MIB);
  }

  @Test
  void a_refusal_reaches_a_listener_that_comes_later_and_the_first_one_counts() {
    Reception reception = new Reception(memory);
    List<String> heard = new ArrayList<>();
    reception.refuse(new Refusal(Reason.QUEUE_FULL, "first"));
    reception.refuse(new Refusal(Reason.QUEUE_FULL, "second"));
    reception.onRefusal(refusal -> heard.add(refusal.message()));
    assertThat(heard).containsExactly("first");
  }
}
