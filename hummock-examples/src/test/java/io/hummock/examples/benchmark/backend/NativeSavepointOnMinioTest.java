package io.hummock.examples.benchmark.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.examples.benchmark.backend.S3Traffic.Kind;
import io.hummock.examples.benchmark.backend.S3Traffic.Request;
import io.hummock.testing.MinioServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A native savepoint from S3 to S3: the server copies, and the whole can be moved. */
@Tag("minio")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // the server starts before everything else
class NativeSavepointOnMinioTest {
  private static final KeyGroupRange ALL = new KeyGroupRange(0, KeyedStateFixture.KEY_GROUPS - 1);
  private static final int KEYS = 20_000;
  private static final long MEMORY = 64 << 20;

  private MinioServer minio;
  private S3Traffic traffic;
  private Configuration configuration;

  @BeforeAll
  void start() throws IOException {
    minio = MinioServer.start();
    traffic = new S3Traffic(minio.endpoint());
    FileSystem.initialize(configuration(minio.endpoint().toString()), null);
    // What Flink itself reads and writes, which is metadata only, does not come this way.
    configuration = configuration(traffic.endpoint().toString());
  }

  @AfterAll
  void end() throws IOException {
    if (minio != null) { // null where there is no MinIO
      traffic.close();
      minio.close();
    }
  }

  private Configuration configuration(String endpoint) {
    Configuration result = new Configuration();
    result.set(StateBackendOptions.STATE_BACKEND, "hummock");
    result.setString("s3.endpoint", endpoint);
    result.setString("s3.path-style-access", "true");
    result.setString("s3.region", minio.region());
    result.setString("s3.access-key", minio.accessKey());
    result.setString("s3.secret-key", minio.secretKey());
    return result;
  }

  @Test
  void serverCopiesAndNoDataPassThroughTheTask() throws Exception {
    String bucket = minio.createBucket("savepoints");
    IncrementalRemoteKeyedStateHandle savepoint;
    List<Request> requests;
    try (KeyedStateFixture<Long> fixture = open(bucket, List.of())) {
      write(fixture);
      // Now all is in the store, and in one table, so that nothing goes on beside the savepoint.
      assertThat(fixture.checkpoint(1).getJobManagerOwnedSnapshot()).isNotNull();
      assertThat(bytes(traffic.take(), Kind.WRITE)).isGreaterThan(KEYS * 50L);

      savepoint = savepoint(fixture, "s3://" + bucket + "/savepoint");
      requests = traffic.take();
    }
    List<Request> copies = requests.stream().filter(r -> r.kind() == Kind.COPY).toList();
    assertThat(savepoint.getSharedState()).isNotEmpty();
    assertThat(copies)
        .hasSameSizeAs(savepoint.getSharedState())
        .allMatch(copy -> copy.path().contains("/savepoint/") && copy.bytes() == 0);
    assertThat(requests).noneMatch(request -> request.kind() == Kind.READ);
    assertThat(bytes(requests, Kind.WRITE)).isZero();

    IncrementalRemoteKeyedStateHandle moved = move(savepoint, bucket);
    try (KeyedStateFixture<Long> fixture = open(bucket, List.of(moved))) {
      ValueState<String> state = state(fixture);
      for (long key = 0; key < KEYS; key++) {
        fixture.backend().setCurrentKey(key);
        assertThat(state.value()).isEqualTo(value(key));
      }
    }
  }

  private KeyedStateFixture<Long> open(String bucket, List<KeyedStateHandle> handles)
      throws Exception {
    return new KeyedStateFixture<>(
        configuration,
        LongSerializer.INSTANCE,
        MEMORY,
        "s3://" + bucket + "/checkpoints",
        ALL,
        handles);
  }

  private static ValueState<String> state(KeyedStateFixture<Long> fixture) throws Exception {
    return fixture.state(new ValueStateDescriptor<>("value", StringSerializer.INSTANCE));
  }

  private static String value(long key) {
    return Long.toHexString(key * 0x9E37_79B9_7F4A_7C15L).repeat(4);
  }

  private static void write(KeyedStateFixture<Long> fixture) throws Exception {
    ValueState<String> state = state(fixture);
    for (long key = 0; key < KEYS; key++) {
      fixture.backend().setCurrentKey(key);
      state.update(value(key));
    }
  }

  private static long bytes(List<Request> requests, Kind kind) {
    return requests.stream()
        .filter(request -> request.kind() == kind)
        .mapToLong(Request::bytes)
        .sum();
  }

  private static IncrementalRemoteKeyedStateHandle savepoint(
      KeyedStateFixture<Long> fixture, String directory) throws Exception {
    Path path = new Path(directory);
    var future =
        fixture
            .backend()
            .snapshot(
                2,
                0,
                new FsCheckpointStreamFactory(path.getFileSystem(), path, path, 0, 4096),
                new CheckpointOptions(
                    SavepointType.savepoint(SavepointFormatType.NATIVE),
                    AbstractFsCheckpointStorageAccess.encodePathAsReference(path)));
    future.run();
    return (IncrementalRemoteKeyedStateHandle)
        InstantiationUtil.clone(future.get().getJobManagerOwnedSnapshot());
  }

  /**
   * Moves all objects to another place, as a user does, deletes the rest, and gives new handles.
   */
  private IncrementalRemoteKeyedStateHandle move(
      IncrementalRemoteKeyedStateHandle savepoint, String bucket) {
    try (S3Client client = minio.client()) {
      for (String key : keys(client, bucket, "savepoint/")) {
        client.copyObject(
            request ->
                request
                    .sourceBucket(bucket)
                    .sourceKey(key)
                    .destinationBucket(bucket)
                    .destinationKey("moved/" + key));
        client.deleteObject(request -> request.bucket(bucket).key(key));
      }
      for (String key : keys(client, bucket, "checkpoints/")) {
        client.deleteObject(request -> request.bucket(bucket).key(key));
      }
    }
    Path directory = new Path("s3://" + bucket + "/moved/savepoint");
    List<HandleAndLocalPath> files = new ArrayList<>();
    for (HandleAndLocalPath file : savepoint.getSharedState()) {
      files.add(HandleAndLocalPath.of(relocated(file.getHandle(), directory), file.getLocalPath()));
    }
    return new IncrementalRemoteKeyedStateHandle(
        UUID.randomUUID(),
        ALL,
        2,
        files,
        List.of(),
        relocated(savepoint.getMetaDataStateHandle(), directory));
  }

  private static List<String> keys(S3Client client, String bucket, String prefix) {
    return client
        .listObjectsV2(request -> request.bucket(bucket).prefix(prefix))
        .contents()
        .stream()
        .map(S3Object::key)
        .toList();
  }

  /** As Flink reads the metadata of a savepoint that was moved. */
  private static StreamStateHandle relocated(StreamStateHandle handle, Path directory) {
    RelativeFileStateHandle relative = (RelativeFileStateHandle) handle;
    return new RelativeFileStateHandle(
        new Path(directory, relative.getRelativePath()),
        relative.getRelativePath(),
        relative.getStateSize());
  }
}
