package dev.tsuku.llm.daemon.intake;

import dev.tsuku.llm.protocol.Reason;

/**
 * Why a message is not accepted.
 *
 * @param reason for programs
 * @param message for people
 */
public record Refusal(Reason reason, String message) {}
