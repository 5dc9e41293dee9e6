package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.protocol.Reason;

/** A request that can never work. The message names the field and says what is wrong with it. */
final class InvalidRequestException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  InvalidRequestException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
