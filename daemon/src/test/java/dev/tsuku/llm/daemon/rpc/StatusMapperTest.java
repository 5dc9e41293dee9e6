package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusMapperTest {

  private static Optional<Reason> reason(StatusRuntimeException status) {
    return Reason.in(Objects.requireNonNull(status.getTrailers()));
  }

  @ParameterizedTest
  @EnumSource
  void every_failure_of_a_model_is_the_callers_to_mend(ModelException.Kind kind) {
    StatusRuntimeException status =
        StatusMapper.toStatus(new ModelException(kind, "No such model."), Optional.empty());
    assertThat(status.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(status.getStatus().getDescription()).isEqualTo("No such model.");
  }

  @Test
  void a_cancelled_request_says_why_it_was_cancelled() {
    EngineException cancelled = new EngineException(EngineException.Kind.CANCELLED, "cancelled");
    StatusRuntimeException drained =
        StatusMapper.toStatus(cancelled, Optional.of(Cancellation.Cause.DRAINED));
    assertThat(drained.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(drained.getStatus().getDescription()).startsWith("server is shutting down");
    assertThat(reason(drained)).contains(Reason.SHUTTING_DOWN);
    assertThat(
            StatusMapper.toStatus(cancelled, Optional.of(Cancellation.Cause.DEADLINE))
                .getStatus()
                .getCode())
        .isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(
            StatusMapper.toStatus(cancelled, Optional.of(Cancellation.Cause.CALLER_GONE))
                .getStatus()
                .getCode())
        .isEqualTo(Code.CANCELLED);
  }

  @Test
  void a_failure_that_comes_first_is_told_although_the_caller_goes() {
    StatusRuntimeException status =
        StatusMapper.toStatus(
            new EngineException(EngineException.Kind.PROMPT_TOO_LONG, "Too long."),
            Optional.of(Cancellation.Cause.CALLER_GONE));
    assertThat(status.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(reason(status)).contains(Reason.PROMPT_TOO_LONG);
  }

  @Test
  void a_backend_that_cannot_be_used_is_a_precondition() {
    StatusRuntimeException status =
        StatusMapper.toStatus(
            new BackendException(BackendException.Kind.UNUSABLE, "No library."), Optional.empty());
    assertThat(status.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Test
  void our_own_faults_point_at_the_log() {
    StatusRuntimeException status =
        StatusMapper.toStatus(new IllegalStateException("oops"), Optional.empty());
    assertThat(status.getStatus().getCode()).isEqualTo(Code.INTERNAL);
    assertThat(status.getStatus().getDescription()).contains("oops").contains("log");
  }
}
