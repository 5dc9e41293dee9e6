package dev.tsuku.llm.daemon.intake;

import io.grpc.Codec;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * gzip for messages. It looks at no byte before somebody reads: so what is no gzip fails where a
 * message is parsed, and is answered there, and not inside the transport.
 */
public final class LazyGzip implements Decompressor {

  private LazyGzip() {}

  /** What clients may compress messages with. */
  public static DecompressorRegistry registry() {
    return DecompressorRegistry.emptyInstance()
        .with(Codec.Identity.NONE, false)
        .with(new LazyGzip(), true);
  }

  @Override
  public String getMessageEncoding() {
    return "gzip";
  }

  @Override
  public InputStream decompress(InputStream packed) {
    return new Unpacking(packed);
  }

  private static final class Unpacking extends InputStream {

    private final InputStream packed;
    private @Nullable InputStream unpacked;

    Unpacking(InputStream packed) {
      this.packed = packed;
    }

    private InputStream unpacked() throws IOException {
      InputStream in = unpacked;
      if (in == null) {
        in = new GZIPInputStream(packed);
        unpacked = in;
      }
      return in;
    }

    @Override
    public int read() throws IOException {
      return unpacked().read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return unpacked().read(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      InputStream in = unpacked;
      (in == null ? packed : in).close();
    }
  }
}
