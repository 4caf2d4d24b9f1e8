package io.hummock.examples.benchmark;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** Map state from long to long: {@code keys} entries in all, ten a Flink key. */
public class MapOperations extends StateOperations {
  private static final int ENTRIES = 10;

  @SuppressWarnings("NullAway.Init")
  private MapState<Long, Long> map;

  private final Map<Long, Long> few = new HashMap<>();
  private long counter;

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    map =
        fixture.state(
            new MapStateDescriptor<>("map", LongSerializer.INSTANCE, LongSerializer.INSTANCE));
    for (long entry = 0; entry < ENTRIES; entry++) {
      few.put(entry, entry);
    }
    for (long key = 0; key < keys / ENTRIES; key++) {
      use(key);
      map.putAll(few);
    }
  }

  private long useNextMap() {
    long next = useNext();
    use(next / ENTRIES);
    return next % ENTRIES;
  }

  @Benchmark
  public Object get() throws Exception {
    return map.get(useNextMap());
  }

  @Benchmark
  public Object getMissing() throws Exception {
    return map.get(ENTRIES + useNextMap());
  }

  @Benchmark
  public boolean contains() throws Exception {
    return map.contains(useNextMap());
  }

  @Benchmark
  public boolean isEmpty() throws Exception {
    useNextMap();
    return map.isEmpty();
  }

  @Benchmark
  public void put() throws Exception {
    map.put(useNextMap(), counter++);
  }

  @Benchmark
  public void putAll() throws Exception {
    useNextMap();
    map.putAll(few);
  }

  /** A new entry, then its removal. */
  @Benchmark
  public void addAndRemove() throws Exception {
    long entry = ENTRIES + useNextMap();
    map.put(entry, counter++);
    map.remove(entry);
  }

  @Benchmark
  public void iterateEntries(Blackhole sink) throws Exception {
    useNextMap();
    for (Map.Entry<Long, Long> entry : map.entries()) {
      sink.consume(entry.getKey());
      sink.consume(entry.getValue());
    }
  }

  @Benchmark
  public void iterateKeys(Blackhole sink) throws Exception {
    useNextMap();
    for (Long key : map.keys()) {
      sink.consume(key);
    }
  }

  @Benchmark
  public void iterateValues(Blackhole sink) throws Exception {
    useNextMap();
    for (Long value : map.values()) {
      sink.consume(value);
    }
  }
}
