package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** Value, list and map state of longs with a time to live of a day; three elements or entries. */
public class TtlOperations extends StateOperations {
  private static final StateTtlConfig DAY = StateTtlConfig.newBuilder(Duration.ofDays(1)).build();
  private static final List<Long> FEW = List.of(0L, 1L, 2L);

  @SuppressWarnings("NullAway.Init")
  private ValueState<Long> value;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> list;

  @SuppressWarnings("NullAway.Init")
  private MapState<Long, Long> map;

  private long updated;
  private long incremented;
  private long appended;
  private long put;

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    ValueStateDescriptor<Long> ofValue =
        new ValueStateDescriptor<>("value", LongSerializer.INSTANCE);
    ListStateDescriptor<Long> ofList = new ListStateDescriptor<>("list", LongSerializer.INSTANCE);
    MapStateDescriptor<Long, Long> ofMap =
        new MapStateDescriptor<>("map", LongSerializer.INSTANCE, LongSerializer.INSTANCE);
    ofValue.enableTimeToLive(DAY);
    ofList.enableTimeToLive(DAY);
    ofMap.enableTimeToLive(DAY);
    value = fixture.state(ofValue);
    list = fixture.state(ofList);
    map = fixture.state(ofMap);
    for (long number = 0; number < keys; number++) {
      use(number);
      value.update(number);
      list.update(FEW);
      for (Long entry : FEW) {
        map.put(entry, number);
      }
    }
  }

  @Override
  void verify() throws Exception {
    long step = appended + incremented == 0 ? step(keys) : 1;
    long elements = -appended;
    long increments = 0;
    long visited = 0;
    for (long number = 0; number < keys; number += step) {
      use(number);
      visited++;
      Long found = value.value();
      if (updated == 0) {
        increments += found - number;
      } else if (found == null) {
        throw new IllegalStateException("wrong answer: key " + number + " has lost its value");
      }
      for (Long element : list.get()) {
        elements += element >= 0 ? 1 : 0;
      }
      int entries = 0;
      for (Long each : map.values()) {
        if (put == 0) {
          expect(number, each, "an entry of key " + number);
        }
        entries++;
      }
      expect(FEW.size(), entries, "the number of entries of key " + number);
    }
    expect(visited * FEW.size(), elements, "the number of elements");
    expect(incremented, increments, "the sum of all increments");
  }

  @Benchmark
  public Object valueGet() throws Exception {
    useNext();
    return value.value();
  }

  @Benchmark
  public void valueUpdate() throws Exception {
    useNext();
    value.update(updated++);
  }

  @Benchmark
  public void valueReadModifyWrite() throws Exception {
    useNext();
    value.update(value.value() + 1);
    incremented++;
  }

  @Benchmark
  public void listAppend() throws Exception {
    useNext();
    list.add(appended++);
  }

  @Benchmark
  public void listGetAndIterate(Blackhole sink) throws Exception {
    useNext();
    for (Long element : list.get()) {
      sink.consume(element);
    }
  }

  @Benchmark
  public Object mapGet() throws Exception {
    long number = useNext();
    return map.get(number % FEW.size());
  }

  @Benchmark
  public void mapPut() throws Exception {
    long number = useNext();
    map.put(number % FEW.size(), put++);
  }

  @Benchmark
  public void mapIterate(Blackhole sink) throws Exception {
    useNext();
    for (Long each : map.values()) {
      sink.consume(each);
    }
  }
}
