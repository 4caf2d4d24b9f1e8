package io.hummock.flink.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.flink.storage.FlinkRoutes.LocalCache;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.objectstore.S3Options;
import io.hummock.testing.MinioServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All schemes of a task with a real MinIO. */
@Tag("minio")
class FlinkRoutesTest {
  @TempDir private Path directory;

  @Test
  void objectsOfS3AreWrittenMirroredCopiedOnTheServerAndDeleted() throws Exception {
    try (MinioServer minio = MinioServer.start()) {
      String root = "s3://" + minio.createBucket("state") + "/job/shared";
      Path cache = directory.resolve("cache");
      try (UriObjectStore store =
          new UriObjectStore(
              new FlinkRoutes(
                  options(minio, minio.secretKey()),
                  new LocalCache(cache, 1 << 20),
                  HummockMetrics.NONE))) {
        store.verifyAccess(root);
        put(store, root + "/a b/one", "hello");
        assertThat(files(cache)).hasSize(1);
        store.copy(root + "/a b/one", root.replace("s3:", "s3a:") + "/two");
        store.copy(root + "/two", "file:" + directory + "/three");

        assertThat(store.list(root + "/")).containsExactly(root + "/a b/one", root + "/two");
        for (String path :
            List.of(root + "/a b/one", root + "/two", "file:" + directory + "/three")) {
          assertThat(store.read(path, 1, 4)).isEqualTo(Slice.utf8("ello"));
        }
        store.delete(List.of(root + "/a b/one", root + "/two"));
        assertThat(store.list(root)).isEmpty();
        assertThat(files(cache)).isEmpty();
      }
      assertThat(cache).doesNotExist();
    }
  }

  @Test
  void backendsShareAPoolUntilTheLastIsClosed() throws Exception {
    try (MinioServer minio = MinioServer.start()) {
      String path = "s3://" + minio.createBucket("state") + "/one";
      S3Options options = options(minio, minio.secretKey());
      UriObjectStore first =
          new UriObjectStore(new FlinkRoutes(options, null, HummockMetrics.NONE));
      UriObjectStore second =
          new UriObjectStore(new FlinkRoutes(options, null, HummockMetrics.NONE));
      put(first, path, "hello");
      assertThat(second.read(path, 0, 5)).isEqualTo(Slice.utf8("hello"));

      first.close();
      first.close();

      assertThat(second.read(path, 0, 5)).isEqualTo(Slice.utf8("hello"));
      second.close();
      try (UriObjectStore third =
          new UriObjectStore(new FlinkRoutes(options, null, HummockMetrics.NONE))) {
        assertThat(third.read(path, 0, 5)).isEqualTo(Slice.utf8("hello"));
      }
    }
  }

  @Test
  void wrongSecretAndMissingBucketNameTheOption() throws Exception {
    try (MinioServer minio = MinioServer.start()) {
      String root = "s3://" + minio.createBucket("state") + "/job";
      try (UriObjectStore store =
          new UriObjectStore(
              new FlinkRoutes(options(minio, "not-the-secret"), null, HummockMetrics.NONE))) {
        assertThatThrownBy(() -> store.verifyAccess(root))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("s3.secret-key")
            .hasMessageNotContaining("not-the-secret");
      }
      try (UriObjectStore store =
          new UriObjectStore(
              new FlinkRoutes(options(minio, minio.secretKey()), null, HummockMetrics.NONE))) {
        assertThatThrownBy(() -> store.verifyAccess("s3://no-such-bucket/job"))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("execution.checkpointing.dir");
      }
    }
  }

  private static S3Options options(MinioServer minio, String secret) {
    return S3Settings.read(
        List.of(
            Configuration.fromMap(
                Map.of(
                    "s3.endpoint",
                    minio.endpoint().toString(),
                    "s3.access-key",
                    minio.accessKey(),
                    "s3.secret-key",
                    secret,
                    "s3.region",
                    minio.region()))));
  }

  private static void put(UriObjectStore store, String path, String text) throws IOException {
    try (ObjectWriter writer = store.create(path)) {
      writer.write(Slice.utf8(text));
      writer.commit();
    }
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.filter(Files::isRegularFile).toList();
    }
  }
}
