package io.hummock.flink.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.flink.HummockStateBackend;
import io.hummock.flink.switching.Cluster.Setup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.state.api.functions.WindowReaderFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.CollectionUtil;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads the state of a job, by the State Processor API and by SQL, from a retained checkpoint, a
 * native and a canonical savepoint of Hummock, and expects what the heap's savepoint has.
 */
@SuppressWarnings("NullAway.Init") // set before the first test
class StateProcessorTest {
  private static final long UP_TO = StatefulJob.NUMBERS / 2;

  @TempDir private static Path directory;
  private static String heapSavepoint;
  private static final Map<String, String> snapshots = new LinkedHashMap<>();

  @BeforeAll
  static void takeSnapshots() throws Exception {
    Cluster cluster = new Cluster(directory);
    try {
      Run heap = Run.withoutAlarm(cluster);
      heap.start(Setup.of("hashmap", 2));
      heap.advanceTo(UP_TO);
      heapSavepoint = heap.stop(SavepointFormatType.CANONICAL);

      Run run = Run.withoutAlarm(cluster);
      run.start(Setup.of("hummock", 2));
      run.advanceTo(UP_TO);
      snapshots.put("checkpoint", run.checkpoint());
      snapshots.put("native", run.savepoint(SavepointFormatType.NATIVE));
      snapshots.put("canonical", run.savepoint(SavepointFormatType.CANONICAL));
      run.cancel();

      Run rocksDb = Run.withoutAlarm(cluster);
      rocksDb.start(Setup.of("rocksdb", 2));
      rocksDb.advanceTo(UP_TO);
      snapshots.put("rocksdb checkpoint", rocksDb.checkpoint());
      rocksDb.cancel();
    } finally {
      cluster.close();
    }
    assertThat(Cluster.keyedState(snapshot("checkpoint")))
        .hasOnlyElementsOfType(IncrementalRemoteKeyedStateHandle.class);
    assertThat(Cluster.keyedState(snapshot("native")))
        .hasOnlyElementsOfType(IncrementalRemoteKeyedStateHandle.class);
    assertThat(Cluster.keyedState(snapshot("canonical")))
        .hasOnlyElementsOfType(KeyGroupsSavepointStateHandle.class);
  }

  @Test
  void stateAndTimersOfEachKeyAreRead() throws Exception {
    List<String> expected = keyedState(heapSavepoint, new HashMapStateBackend());
    assertThat(expected).hasSize(StatefulJob.KEYS);

    for (Map.Entry<String, String> snapshot : ofHummock().entrySet()) {
      assertThat(keyedState(snapshot.getValue(), new HummockStateBackend()))
          .as(snapshot.getKey())
          .isEqualTo(expected);
    }
  }

  @Test
  void windowsAreRead() throws Exception {
    List<String> expected = sessions(heapSavepoint, new HashMapStateBackend());
    assertThat(expected).isNotEmpty();

    for (Map.Entry<String, String> snapshot : ofHummock().entrySet()) {
      assertThat(sessions(snapshot.getValue(), new HummockStateBackend()))
          .as(snapshot.getKey())
          .isEqualTo(expected);
    }
  }

  @Test
  void savepointTableOfACanonicalSavepointIsRead() throws Exception {
    List<String> expected = table(heapSavepoint, "hashmap");
    assertThat(expected).hasSize(StatefulJob.KEYS);

    assertThat(table(snapshot("canonical"), "hummock")).isEqualTo(expected);
  }

  /**
   * Before it opens a backend, Flink's table looks for the types of the state where only canonical
   * savepoints and the heap's snapshots have them: nobody's incremental checkpoints can be read.
   */
  @Test
  void savepointTableKnowsNoIncrementalSnapshotOfAnyBackend() {
    for (String kind : List.of("checkpoint", "native", "rocksdb checkpoint")) {
      String backend = kind.startsWith("rocksdb") ? "rocksdb" : "hummock";
      assertThatThrownBy(() -> table(snapshot(kind), backend))
          .as(kind)
          .rootCause()
          .hasMessageContaining("Unsupported KeyedStateHandle type")
          .hasMessageContaining("IncrementalRemoteKeyedStateHandle");
    }
  }

  private static String snapshot(String kind) {
    return Objects.requireNonNull(snapshots.get(kind), kind);
  }

  private static Map<String, String> ofHummock() {
    Map<String, String> ofHummock = new LinkedHashMap<>(snapshots);
    ofHummock.remove("rocksdb checkpoint");
    return ofHummock;
  }

  private static List<String> keyedState(String snapshot, StateBackend backend) throws Exception {
    StreamExecutionEnvironment environment = environment();
    SavepointReader reader = SavepointReader.read(environment, snapshot, backend);
    return lines(
        reader
            .readKeyedState(
                OperatorIdentifier.forUid(StatefulJob.KEYED_UID),
                new ReadEveryKind(),
                Types.STRING,
                Types.STRING)
            .executeAndCollect());
  }

  private static List<String> sessions(String snapshot, StateBackend backend) throws Exception {
    StreamExecutionEnvironment environment = environment();
    SavepointReader reader = SavepointReader.read(environment, snapshot, backend);
    return lines(
        reader
            .window(EventTimeSessionWindows.withGap(StatefulJob.SESSION_GAP))
            .process(
                StatefulJob.SESSIONS_UID, new ReadSession(), Types.STRING, Types.LONG, Types.STRING)
            .executeAndCollect());
  }

  private static List<String> table(String snapshot, String backend) throws Exception {
    TableEnvironment tables =
        TableEnvironment.create(EnvironmentSettings.newInstance().inBatchMode().build());
    tables.executeSql(
        """
        CREATE TABLE keyed_state (
          k STRING,
          `count` BIGINT,
          `list` ARRAY<BIGINT>,
          `map` MAP<STRING, BIGINT>,
          PRIMARY KEY (k) NOT ENFORCED
        ) WITH (
          'connector' = 'savepoint',
          'state.backend.type' = '%s',
          'state.path' = '%s',
          'operator.uid' = '%s'
        )\
        """
            .formatted(backend, snapshot, StatefulJob.KEYED_UID));
    List<String> rows = new ArrayList<>();
    for (Row row :
        CollectionUtil.iteratorToList(
            tables.executeSql("SELECT k, `count`, `list`, `map` FROM keyed_state").collect())) {
      @SuppressWarnings("unchecked") // as the table is declared
      Map<String, Long> map = (Map<String, Long>) row.getField("map");
      row.setField("map", new TreeMap<>(map));
      rows.add(row.toString());
    }
    rows.sort(Comparator.naturalOrder());
    return rows;
  }

  private static StreamExecutionEnvironment environment() {
    return StreamExecutionEnvironment.createLocalEnvironment(1);
  }

  private static List<String> lines(CloseableIterator<String> results) throws Exception {
    try (results) {
      List<String> lines = new ArrayList<>();
      results.forEachRemaining(lines::add);
      lines.sort(Comparator.naturalOrder());
      return lines;
    }
  }

  /** What {@link EveryKindOfState} has of a key. */
  private static final class ReadEveryKind extends KeyedStateReaderFunction<String, String> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Long> count;
    private transient ListState<Long> list;
    private transient MapState<String, Long> map;
    private transient ReducingState<Long> sum;
    private transient AggregatingState<Long, String> mean;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(EveryKindOfState.count());
      list = getRuntimeContext().getListState(EveryKindOfState.list());
      map = getRuntimeContext().getMapState(EveryKindOfState.map());
      sum = getRuntimeContext().getReducingState(EveryKindOfState.sum());
      mean = getRuntimeContext().getAggregatingState(EveryKindOfState.mean());
    }

    @Override
    public void readKey(String key, KeyedStateReaderFunction.Context context, Collector<String> out)
        throws Exception {
      List<Long> elements = new ArrayList<>();
      list.get().forEach(elements::add);
      Map<String, Long> entries = new TreeMap<>();
      map.entries().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
      out.collect(
          "%s %d %s %s %d %s %s %s"
              .formatted(
                  key,
                  count.value(),
                  elements,
                  entries,
                  sum.get(),
                  mean.get(),
                  new TreeSet<>(context.registeredEventTimeTimers()),
                  context.registeredProcessingTimeTimers()));
    }
  }

  private static final class ReadSession
      extends WindowReaderFunction<Long, String, String, TimeWindow> {
    private static final long serialVersionUID = 1L;

    @Override
    public void readWindow(
        String key,
        WindowReaderFunction.Context<TimeWindow> context,
        Iterable<Long> elements,
        Collector<String> out) {
      TreeSet<Long> sorted = new TreeSet<>();
      elements.forEach(sorted::add);
      out.collect(key + " " + context.window() + " " + sorted);
    }
  }
}
