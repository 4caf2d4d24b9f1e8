package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** Map state from long to long: {@code keys} entries in all, ten a Flink key. */
public class MapOperations extends StateOperations {
  private static final int ENTRIES = 10;

  /** How many operations pass until an entry that {@link #add} added is removed again. */
  private static final int ADDED = 1 << 16;

  @SuppressWarnings("NullAway.Init")
  private MapState<Long, Long> map;

  private final Map<Long, Long> few = new LinkedHashMap<>();

  /** The Flink keys of the entries that {@link #add} added, a ring. */
  private final int[] addedTo = new int[ADDED];

  private long added;
  private long updated;
  private long lastUpdated;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    map =
        fixture.state(
            new MapStateDescriptor<>("map", LongSerializer.INSTANCE, LongSerializer.INSTANCE));
    for (long entry = 0; entry < ENTRIES; entry++) {
      few.put(entry, entry);
    }
    for (long number = 0; number < keys / ENTRIES; number++) {
      use(number);
      map.putAll(few);
    }
  }

  @Override
  void verify() throws Exception {
    if (updated > 0) {
      use(lastUpdated / ENTRIES);
      expect(updated, map.get(lastUpdated % ENTRIES), "the entry put last");
    }
    long maps = keys / ENTRIES;
    for (long number = 0; number < maps; number += step(maps)) {
      use(number);
      int entries = 0;
      for (Map.Entry<Long, Long> entry : map.entries()) {
        if (entry.getKey() < ENTRIES) {
          entries++;
          if (updated == 0) {
            expect(entry.getKey(), entry.getValue(), "the value of an entry of key " + number);
          }
        } else if (added == 0) {
          throw new IllegalStateException("wrong answer: key " + number + " has a foreign entry");
        }
      }
      expect(ENTRIES, entries, "the number of entries of key " + number);
      if (map.isEmpty() || !map.contains(ENTRIES - 1L)) {
        throw new IllegalStateException("wrong answer: the map of key " + number + " is empty");
      }
    }
  }

  /** Makes a map current and returns which of its entries is next. */
  private long useNextMap() {
    long next = next();
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
    int next = next();
    use(next / ENTRIES);
    map.put((long) next % ENTRIES, ++updated);
    lastUpdated = next;
  }

  /** Ten entries at once. */
  @Benchmark
  public void putAll() throws Exception {
    useNextMap();
    map.putAll(few);
  }

  /** A new entry; that which was added 65,536 operations before is removed. */
  @Benchmark
  public void add() throws Exception {
    int number = next() / ENTRIES;
    use(number);
    map.put(ENTRIES + added, added);
    int slot = (int) (added % ADDED);
    if (added >= ADDED) {
      use(addedTo[slot]);
      map.remove(ENTRIES + added - ADDED);
    }
    addedTo[slot] = number;
    added++;
  }

  /** An entry of the first filling, put again at once. */
  @Benchmark
  public void removeAndPut() throws Exception {
    long entry = useNextMap();
    map.remove(entry);
    map.put(entry, entry);
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
