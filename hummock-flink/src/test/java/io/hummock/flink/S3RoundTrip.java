package io.hummock.flink;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.objectstore.S3ObjectStore;
import io.hummock.objectstore.S3Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Every call of the S3 store once, with whichever S3 classes its class loader has. {@link
 * PluginJarOnMinioIT} loads it above the packaged jar, so nothing in its signature is Hummock's.
 */
public final class S3RoundTrip implements Function<Map<String, String>, String> {

  private static final int BYTES = 20 << 20; // in several parts

  /**
   * Throws if something is not as it must be; returns where the SDK's client came from.
   *
   * @param server {@code endpoint}, {@code accessKey}, {@code secretKey}, {@code bucket}
   */
  @Override
  public String apply(Map<String, String> server) {
    S3Options options =
        S3Options.builder()
            .endpoint(server.get("endpoint"))
            .keys(server.get("accessKey"), server.get("secretKey"))
            .build();
    String bucket = Objects.requireNonNull(server.get("bucket"));
    String path = bucket + "/packaged/large";
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) ((i * 31) >>> 3);
    }
    try (S3ObjectStore store = new S3ObjectStore(options, Runnable::run)) {
      store.verifyAccess(bucket);
      try (ObjectWriter writer = store.create(path)) {
        writer.write(Slice.of(bytes));
        writer.commit();
      }
      store.copy(path, path + "-copy");
      require(store.read(path + "-copy", 1 << 20, 4096), bytes, 1 << 20);
      List<Slice> ranges =
          store.read(
              path,
              List.of(new ObjectStore.Range(7, 100), new ObjectStore.Range(BYTES - 100, 100)));
      require(ranges.get(0), bytes, 7);
      require(ranges.get(1), bytes, BYTES - 100);
      List<String> expected = List.of(path, path + "-copy");
      if (!store.list(bucket + "/packaged/").equals(expected)) {
        throw new IllegalStateException("the list is not " + expected);
      }
      store.delete(expected);
      try {
        store.read(path, 0, 1);
        throw new IllegalStateException(path + " is still there");
      } catch (ObjectNotFoundException e) {
        return e.getClass().getProtectionDomain().getCodeSource().getLocation().toString();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void require(Slice read, byte[] bytes, int offset) {
    if (!read.equals(Slice.of(Arrays.copyOfRange(bytes, offset, offset + read.length())))) {
      throw new IllegalStateException("wrong bytes at " + offset);
    }
  }
}
