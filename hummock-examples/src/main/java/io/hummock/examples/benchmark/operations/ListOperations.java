package io.hummock.examples.benchmark.operations;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** List state of longs: ten elements a key. */
public class ListOperations extends StateOperations {
  private static final int ELEMENTS = 10;
  private static final int MANY = 100;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> list;

  @SuppressWarnings("NullAway.Init")
  private ListState<Long> window;

  private final List<Long> few = longs(ELEMENTS);
  private final List<Long> many = longs(MANY);
  private long appended;

  private static List<Long> longs(int count) {
    List<Long> longs = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      longs.add(1_000_000_007L * i);
    }
    return longs;
  }

  @Override
  void fill(KeyedStateFixture<Object> fixture) throws Exception {
    list = fixture.state(new ListStateDescriptor<>("list", LongSerializer.INSTANCE));
    window = fixture.state(new ListStateDescriptor<>("window", LongSerializer.INSTANCE));
    for (long number = 0; number < keys; number++) {
      use(number);
      list.update(few);
    }
  }

  @Override
  void verify() throws Exception {
    long elements = 0;
    long step = appended == 0 ? step(keys) : 1;
    long lists = 0;
    for (long number = 0; number < keys; number += step) {
      use(number);
      int at = 0;
      for (Long element : list.get()) {
        if (at < ELEMENTS) {
          expect(few.get(at), element, "element " + at + " of key " + number);
        }
        at++;
      }
      elements += at;
      lists++;
      if (window.get() != null && window.get().iterator().hasNext()) {
        throw new IllegalStateException("wrong answer: the window of key " + number + " is there");
      }
    }
    expect(lists * ELEMENTS + appended, elements, "the number of elements");
  }

  @Benchmark
  public void append() throws Exception {
    useNext();
    list.add(appended++);
  }

  /** Without looking at the elements. */
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

  /** One hundred elements at once, cleared again. */
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
      window.add(few.get(i));
    }
    int elements = 0;
    for (Long element : window.get()) {
      sink.consume(element);
      elements++;
    }
    window.clear();
    if (elements != ELEMENTS) {
      throw new IllegalStateException("wrong answer: a window of " + elements + " elements");
    }
  }
}
