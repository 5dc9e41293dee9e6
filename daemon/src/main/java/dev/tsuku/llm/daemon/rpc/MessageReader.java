package dev.tsuku.llm.daemon.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.tsuku.llm.daemon.intake.Reception;
import dev.tsuku.llm.daemon.intake.Receptions;
import dev.tsuku.llm.daemon.intake.Refusal;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.KnownLength;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The bytes of a message become an object, once there is memory for it. Large messages are parsed
 * one at a time, since that takes several times their bytes. Thread-safe.
 */
final class MessageReader {

  /**
   * Of a message, sub-messages and their fields included; a long conversation has a few thousand.
   */
  static final int MAX_FIELDS = 65_536;

  /** Of a field as an object, with all that belongs to it, its text apart. */
  private static final int FIELD_BYTES = 256;

  private static final int LARGE_BYTES = 64 << 10;
  private static final int PART_BYTES = 64 << 10;

  private static final Refusal TOO_LARGE_DECOMPRESSED =
      Receptions.tooLarge("more than " + Receptions.MAX_MESSAGE_BYTES + " bytes when decompressed");

  private static final Semaphore LARGE = new Semaphore(1, true);

  private MessageReader() {}

  /**
   * Reads a message.
   *
   * @param prototype of its type
   * @throws InvalidRequestException if it is too large, or is no message of that type
   */
  static <Q extends Message> Q read(InputStream in, Reception reception, Q prototype) {
    try {
      int length = in instanceof KnownLength ? in.available() : Integer.MAX_VALUE;
      if (length <= LARGE_BYTES) {
        return parse(in.readAllBytes(), reception, prototype);
      }
      LARGE.acquireUninterruptibly();
      try {
        return parse(bytes(in, length, reception), reception, prototype);
      } finally {
        LARGE.release();
      }
    } catch (WireScan.WireException e) {
      throw invalid(prototype, "it " + e.getMessage());
    } catch (InvalidProtocolBufferException e) {
      // What the scan has let pass has whole fields; what remains is text.
      throw invalid(prototype, "a text in it is not UTF-8");
    } catch (IOException e) {
      throw invalid(prototype, "its compression is damaged");
    } catch (StatusRuntimeException e) {
      // gRPC's own limit of what it decompresses, which the last part went beyond.
      throw refused(TOO_LARGE_DECOMPRESSED);
    }
  }

  private static byte[] bytes(InputStream in, int length, Reception reception) throws IOException {
    if (length < Integer.MAX_VALUE) {
      return in.readNBytes(length);
    }
    // Compressed: how long it is shows only by and by.
    byte[] bytes = new byte[PART_BYTES];
    int count = 0;
    for (int read = 0; read >= 0; read = in.read(bytes, count, bytes.length - count)) {
      count += read;
      if (count > Receptions.MAX_MESSAGE_BYTES) {
        throw refused(TOO_LARGE_DECOMPRESSED);
      }
      if (count == bytes.length) {
        require(reception.reserve(2L * count));
        bytes = Arrays.copyOf(bytes, 2 * count);
      }
    }
    return Arrays.copyOf(bytes, count);
  }

  @SuppressWarnings("unchecked") // A message's parser makes messages of its type.
  private static <Q extends Message> Q parse(byte[] bytes, Reception reception, Q prototype)
      throws InvalidProtocolBufferException, WireScan.WireException {
    // The descriptors take 20 ms at their first use, and the first call asks for the status.
    long fields = bytes.length == 0 ? 0 : WireScan.fields(bytes, prototype.getDescriptorForType());
    if (fields > MAX_FIELDS) {
      throw new InvalidRequestException(
          Reason.INVALID_REQUEST,
          "The request has "
              + fields
              + " fields, those of its messages and tools included; a request may have "
              + MAX_FIELDS
              + ". Send fewer.");
    }
    require(reception.reserve(bytes.length + fields * FIELD_BYTES));
    return (Q) prototype.getParserForType().parseFrom(bytes);
  }

  private static void require(Optional<Refusal> refusal) {
    refusal.ifPresent(
        why -> {
          throw refused(why);
        });
  }

  private static InvalidRequestException refused(Refusal why) {
    return new InvalidRequestException(why.reason(), why.message());
  }

  private static InvalidRequestException invalid(Message prototype, String problem) {
    return new InvalidRequestException(
        Reason.INVALID_REQUEST,
        "The request is no valid "
            + prototype.getDescriptorForType().getFullName()
            + ": "
            + problem
            + ". Send it as Protocol Buffers encode it.");
  }
}
