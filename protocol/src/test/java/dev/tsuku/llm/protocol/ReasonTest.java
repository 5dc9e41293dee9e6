package dev.tsuku.llm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReasonTest {

  @ParameterizedTest
  @EnumSource
  void a_reason_comes_back_from_the_trailer_it_was_put_into(Reason reason) {
    Metadata trailers = new Metadata();
    trailers.put(Reason.TRAILER, reason.wireName());
    assertThat(Reason.in(trailers)).contains(reason);
  }

  @Test
  void an_unknown_or_missing_reason_is_none() {
    Metadata trailers = new Metadata();
    assertThat(Reason.in(trailers)).isEmpty();
    trailers.put(Reason.TRAILER, "from-the-future");
    assertThat(Reason.in(trailers)).isEmpty();
  }
}
