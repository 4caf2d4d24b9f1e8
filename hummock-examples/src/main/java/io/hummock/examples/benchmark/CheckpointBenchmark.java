package io.hummock.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.util.InstantiationUtil;

/**
 * Checkpoints of one subtask: all keys written, then a part of them changed, then restored. Prints
 * the time of the synchronous and of the asynchronous part and the bytes that were uploaded.
 */
public final class CheckpointBenchmark {
  private static final String USAGE =
      """
      Options:
        --backends A,B,...  of heap, rocksdb, rocksdb-tuned, forst, hummock
        --store URI         where checkpoints go, e.g. s3://bucket/prefix (default: a temporary
                            directory); s3 takes the credentials from AWS_ACCESS_KEY_ID and
                            AWS_SECRET_ACCESS_KEY
        --endpoint URL      of the S3 service, for MinIO
        --keys N            default 1000000
        --bytes N           the length of a value, default 100
        --changed PERCENT   the share of keys that change before the second checkpoint, default 1
        --rounds N          repetitions, default 3
        --memory MB         managed memory, default 1024
      """;

  private static final Set<String> NAMES =
      Set.of(
          "--backends",
          "--store",
          "--endpoint",
          "--keys",
          "--bytes",
          "--changed",
          "--rounds",
          "--memory");

  private static final long SEED = 20260101;

  private final Configuration base = new Configuration();
  private final List<Peer> peers;
  private final String store;
  private final int keys;
  private final int bytes;
  private final int changed;
  private final int rounds;
  private final long memory;

  private CheckpointBenchmark(Arguments arguments) throws IOException {
    peers = Peer.listOf(arguments.get("--backends", "rocksdb-tuned,hummock"));
    String given = arguments.get("--store", "");
    store =
        given.isEmpty()
            ? Files.createTempDirectory("hummock-checkpoints").toUri() + "checkpoints"
            : given;
    String endpoint = arguments.get("--endpoint", "");
    if (!endpoint.isEmpty()) {
      base.setString("s3.endpoint", endpoint);
      base.setString("s3.path-style-access", "true");
    }
    keys = arguments.get("--keys", 1_000_000);
    bytes = arguments.get("--bytes", 100);
    changed = arguments.get("--changed", 1);
    rounds = arguments.get("--rounds", 3);
    memory = arguments.get("--memory", 1024);
    copyFromEnvironment("AWS_ACCESS_KEY_ID", "s3.access-key");
    copyFromEnvironment("AWS_SECRET_ACCESS_KEY", "s3.secret-key");
  }

  private void copyFromEnvironment(String variable, String option) {
    String value = System.getenv(variable);
    if (value != null) {
      base.setString(option, value);
    }
  }

  /** Runs from the command line; see the usage text. */
  public static void main(String[] arguments) throws Exception {
    new CheckpointBenchmark(new Arguments(arguments, NAMES, USAGE)).run();
  }

  private void run() throws Exception {
    FileSystem.initialize(base, PluginUtils.createPluginManagerFromRootFolder(base));
    System.out.printf(
        Locale.ROOT,
        "%,d keys of %d bytes, then %d %% changed; checkpoints to %s%n%n",
        keys,
        bytes,
        changed,
        store);
    System.out.println(
        "| backend | checkpoint | sync ms | async ms | uploaded bytes | open ms | first get ms |");
    System.out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for (int round = 0; round < rounds; round++) {
      for (Peer peer : peers) {
        measure(peer, round);
      }
    }
  }

  private void measure(Peer peer, int round) throws Exception {
    Configuration configuration = peer.configuration();
    configuration.addAll(base);
    if (peer == Peer.ROCKSDB || peer == Peer.ROCKSDB_TUNED || peer == Peer.FORST) {
      configuration.setString("execution.checkpointing.incremental", "true");
    }
    String target = store + "/" + peer.label() + "-" + round;
    SharedStateRegistry registry = new SharedStateRegistryImpl();
    KeyedStateHandle handle;
    try (KeyedStateFixture<Long> fixture = open(configuration, target, List.of())) {
      ValueState<byte[]> state = state(fixture);
      SplittableRandom random = new SplittableRandom(SEED + round);
      byte[] value = new byte[bytes];
      for (long key = 0; key < keys; key++) {
        random.nextBytes(value);
        fixture.backend().setCurrentKey(key);
        state.update(value);
      }
      checkpoint(fixture, registry, peer, "full", 1);
      long count = (long) keys * changed / 100;
      for (long i = 0; i < count; i++) {
        random.nextBytes(value);
        fixture.backend().setCurrentKey((long) random.nextInt(keys));
        state.update(value);
      }
      handle = checkpoint(fixture, registry, peer, "incremental", 2);
    }
    long start = System.nanoTime();
    try (KeyedStateFixture<Long> restored = open(configuration, target, List.of(handle))) {
      double opened = (System.nanoTime() - start) / 1e6;
      restored.backend().setCurrentKey(1L);
      byte[] value = state(restored).value();
      double first = (System.nanoTime() - start) / 1e6;
      if (value == null || value.length != bytes) {
        throw new IllegalStateException(peer.label() + " restored a wrong value");
      }
      System.out.printf(
          Locale.ROOT, "| %s | restore | | | | %.1f | %.1f |%n", peer.label(), opened, first);
    }
  }

  private KeyedStateFixture<Long> open(
      Configuration configuration, String target, List<KeyedStateHandle> handles) throws Exception {
    return new KeyedStateFixture<>(
        configuration,
        LongSerializer.INSTANCE,
        memory << 20,
        target,
        new KeyGroupRange(0, KeyedStateFixture.KEY_GROUPS - 1),
        handles);
  }

  private static ValueState<byte[]> state(KeyedStateFixture<Long> fixture) throws Exception {
    return fixture.state(
        new ValueStateDescriptor<>("value", BytePrimitiveArraySerializer.INSTANCE));
  }

  private static KeyedStateHandle checkpoint(
      KeyedStateFixture<Long> fixture,
      SharedStateRegistry registry,
      Peer peer,
      String kind,
      long id)
      throws Exception {
    long start = System.nanoTime();
    RunnableFuture<SnapshotResult<KeyedStateHandle>> asynchronous = fixture.snapshot(id);
    long synchronous = System.nanoTime();
    asynchronous.run();
    KeyedStateHandle handle = asynchronous.get().getJobManagerOwnedSnapshot();
    long end = System.nanoTime();
    if (handle == null) {
      throw new IllegalStateException(peer.label() + " gave an empty checkpoint");
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.2f | %.0f | %,d | | |%n",
        peer.label(),
        kind,
        (synchronous - start) / 1e6,
        (end - synchronous) / 1e6,
        handle.getCheckpointedSize());
    // What the acknowledgement to the JobManager does: serialise, and register shared files.
    KeyedStateHandle acknowledged = InstantiationUtil.clone(handle);
    acknowledged.registerSharedStates(registry, id);
    ((CheckpointListener) fixture.backend()).notifyCheckpointComplete(id);
    return acknowledged;
  }
}
