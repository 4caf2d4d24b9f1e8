package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.snapshot.CheckpointMetadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backend of a query is the one that the session has SET, on a cluster that names none. */
@SuppressWarnings("NullAway.Init") // set before the first test
class SqlSessionTest {
  private static final int IDS = 1000;
  private static final int KEYS = 7;
  private static final int PARALLELISM = 2;

  @TempDir private Path directory;
  private Cluster cluster;
  private SqlSession session;

  @BeforeEach
  void open() throws Exception {
    cluster = new Cluster(directory);
    session = new SqlSession(cluster);
  }

  @AfterEach
  void close() throws Exception {
    cluster.cancelAll();
    session.close();
    cluster.close();
  }

  @Test
  void queriesKeepTheirStateInTheBackendThatIsSet() throws Exception {
    session.execute("SET 'state.backend.type' = 'hummock'");
    for (KeyedStateHandle handle : keyedStateOfAQuery()) {
      assertThat(handle).isInstanceOf(IncrementalRemoteKeyedStateHandle.class);
      CheckpointMetadata<Object> metadata =
          CheckpointMetadata.read(
              ((IncrementalRemoteKeyedStateHandle) handle).getMetaDataStateHandle(),
              getClass().getClassLoader());
      assertThat(metadata.states())
          .extracting(RegisteredState::name)
          .contains("accState", "distinctAcc_0");
    }

    session.execute("SET 'state.backend.type' = 'hashmap'");
    assertThat(keyedStateOfAQuery()).hasOnlyElementsOfType(KeyGroupsStateHandle.class);
  }

  /** Runs a query until its result is right, and gives the handles of the checkpoint then. */
  private List<KeyedStateHandle> keyedStateOfAQuery() throws Exception {
    session.execute(
        "SET 'execution.checkpointing.dir' = '" + directory.resolve("checkpoints").toUri() + "'");
    // Checkpoints are triggered by the test; they let the result out.
    session.execute("SET 'execution.checkpointing.interval' = '1 h'");
    session.execute("SET 'parallelism.default' = '" + PARALLELISM + "'");
    session.execute(
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS numbers (id BIGINT) WITH (
          'connector' = 'datagen',
          'rows-per-second' = '1000',
          'fields.id.kind' = 'sequence',
          'fields.id.start' = '0',
          'fields.id.end' = '300000'
        )""");
    SqlSession.Query query =
        session.query(
            ("SELECT MOD(id, %d), COUNT(*), SUM(id), COUNT(DISTINCT id / 10) FROM numbers"
                    + " WHERE id < %d GROUP BY MOD(id, %d)")
                .formatted(KEYS, IDS, KEYS));
    List<String> checkpoints = new ArrayList<>();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              checkpoints.add(cluster.checkpoint(query.job()));
              return query.fetch().equals(expected());
            });
    List<KeyedStateHandle> handles = Cluster.keyedState(checkpoints.get(checkpoints.size() - 1));
    assertThat(handles).hasSize(PARALLELISM);
    cluster.cancel(query.job());
    return handles;
  }

  private static Set<List<Long>> expected() {
    Set<List<Long>> rows = new HashSet<>();
    for (long key = 0; key < KEYS; key++) {
      long remainder = key;
      long[] ids = LongStream.range(0, IDS).filter(id -> id % KEYS == remainder).toArray();
      rows.add(
          List.of(
              key,
              (long) ids.length,
              LongStream.of(ids).sum(),
              LongStream.of(ids).map(id -> id / 10).distinct().count()));
    }
    return rows;
  }
}
