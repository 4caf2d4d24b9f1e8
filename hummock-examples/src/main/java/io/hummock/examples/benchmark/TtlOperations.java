package io.hummock.examples.benchmark;

import java.time.Duration;
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

/** Value, list and map state of longs with a time to live of a day. */
public class TtlOperations extends StateOperations {
  private static final StateTtlConfig DAY = StateTtlConfig.newBuilder(Duration.ofDays(1)).build();

  @SuppressWarnings("NullAway.Init")
  private ValueState<Long> value;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> list;

  @SuppressWarnings("NullAway.Init")
  private MapState<Long, Long> map;

  private long counter;

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
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
    for (long key = 0; key < keys; key++) {
      use(key);
      value.update(key);
      map.put(key, key);
    }
  }

  @Benchmark
  public Object valueGet() throws Exception {
    useNext();
    return value.value();
  }

  @Benchmark
  public void valueUpdate() throws Exception {
    useNext();
    value.update(counter++);
  }

  @Benchmark
  public void listAppend() throws Exception {
    useNext();
    list.add(counter++);
  }

  @Benchmark
  public Object mapGet() throws Exception {
    return map.get(useNext());
  }

  @Benchmark
  public void mapPut() throws Exception {
    map.put(useNext(), counter++);
  }

  @Benchmark
  public void mapIterate(Blackhole sink) throws Exception {
    useNext();
    for (Long each : map.values()) {
      sink.consume(each);
    }
  }
}
