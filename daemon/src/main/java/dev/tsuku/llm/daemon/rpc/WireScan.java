package dev.tsuku.llm.daemon.rpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a message's bytes hold, without creating anything of it. A field takes two bytes on
 * the wire and may take a hundred as an object, so this is known before a message is parsed.
 */
final class WireScan {

  /** The bytes are no message; the message is a predicate in our own words. */
  static final class WireException extends Exception {

    private static final long serialVersionUID = 1L;

    WireException(String predicate) {
      super(predicate);
    }
  }

  /** Deeper than any message of the services, far less than a thread's stack takes. */
  static final int MAX_DEPTH = 32;

  private final CodedInputStream in;
  private final int length;
  private long fields;

  private WireScan(byte[] bytes) {
    in = CodedInputStream.newInstance(bytes);
    length = bytes.length;
  }

  /**
   * The number of fields in a message, those of its sub-messages among them, and each element of a
   * repeated field by itself.
   *
   * @throws WireException if the bytes are no message, or it is nested too deeply
   */
  static long fields(byte[] bytes, Descriptor type) throws WireException {
    WireScan scan = new WireScan(bytes);
    try {
      scan.message(type, 1);
    } catch (IOException e) {
      throw new WireException("is cut off or damaged" + scan.place());
    }
    return scan.fields;
  }

  private String place() {
    return " at byte " + in.getTotalBytesRead() + " of " + length;
  }

  /** Reads to the end of the message, or of the group if there is no type. */
  private void message(@Nullable Descriptor type, int depth) throws IOException, WireException {
    if (depth > MAX_DEPTH) {
      throw new WireException("is nested more than " + MAX_DEPTH + " levels deep" + place());
    }
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      fields++;
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> delimited(type, tag, depth);
        case WireFormat.WIRETYPE_START_GROUP -> {
          message(null, depth + 1);
          in.checkLastTagWas(
              WireFormat.getTagFieldNumber(tag) << 3 | WireFormat.WIRETYPE_END_GROUP);
        }
        case WireFormat.WIRETYPE_END_GROUP -> {
          if (type != null) {
            throw new WireException("ends a group that has not begun" + place());
          }
          fields--;
          return;
        }
        default -> {
          boolean ignored = in.skipField(tag);
        }
      }
    }
    in.checkLastTagWas(0);
  }

  private void delimited(@Nullable Descriptor type, int tag, int depth)
      throws IOException, WireException {
    int length = in.readRawVarint32();
    FieldDescriptor field =
        type == null ? null : type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
    if (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      int outer = in.pushLimit(length);
      message(field.getMessageType(), depth + 1);
      in.popLimit(outer);
    } else {
      if (field != null && field.isPackable()) {
        fields += length;
      }
      in.skipRawBytes(length);
    }
  }
}
