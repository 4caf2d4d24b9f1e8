package io.hummock.examples.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** List state of longs: ten elements a key to read, other keys to append to. */
public class ListOperations extends StateOperations {
  private static final int ELEMENTS = 10;
  private static final int MANY = 100;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> list;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> window;

  private final List<Long> few = longs(ELEMENTS);
  private final List<Long> many = longs(MANY);
  private long counter;

  private static List<Long> longs(int count) {
    List<Long> longs = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      longs.add(1_000_000_007L * i);
    }
    return longs;
  }

  @Override
  void fill(KeyedStateFixture<Long> fixture) throws Exception {
    list = fixture.state(new ListStateDescriptor<>("list", LongSerializer.INSTANCE));
    window = fixture.state(new ListStateDescriptor<>("window", LongSerializer.INSTANCE));
    for (long key = 0; key < keys; key++) {
      use(key);
      list.update(few);
    }
  }

  @Benchmark
  public void append() throws Exception {
    useNext();
    list.add(counter++);
  }

  @Benchmark
  public Object get() throws Exception {
    useNext();
    return list.get();
  }

  @Benchmark
  public void getAndIterate(Blackhole sink) throws Exception {
    useNext();
    for (Long element : list.get()) {
      sink.consume(element);
    }
  }

  @Benchmark
  public void update() throws Exception {
    useNext();
    list.update(few);
  }

  /** One hundred elements at once, cleared again so that lists do not grow for ever. */
  @Benchmark
  public void addAll() throws Exception {
    useNext();
    window.addAll(many);
    window.clear();
  }

  /** Ten appends, one read, one clear. */
  @Benchmark
  public void windowCycle(Blackhole sink) throws Exception {
    useNext();
    for (int i = 0; i < ELEMENTS; i++) {
      window.add(counter++);
    }
    for (Long element : window.get()) {
      sink.consume(element);
    }
    window.clear();
  }
}
