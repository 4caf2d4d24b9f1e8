package io.hummock.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.HummockOptions;
import io.hummock.HummockStore;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.testing.StoresInMemory;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a state makes and clears within an epoch, as windows do, is not written to tables. */
class FirstValuesTest {
  private static final int KEYS = 50;

  private HummockStore store;
  private StateContext<Long> context;
  private HummockReducingState<Long, Long, Long> sums;
  private HummockValueState<Long, Long, Long> values;
  private HummockListState<Long, Long, Long> lists;

  @BeforeEach
  void open() throws IOException {
    store = StoresInMemory.open(HummockOptions.defaults(), 64 << 20);
    context = new StateContext<>(store, LongSerializer.INSTANCE, 1, KeyGroupRange.of(0, 0));
    States<Long> states = new States<>(context);
    sums =
        (HummockReducingState<Long, Long, Long>)
            state(
                states, new ReducingStateDescriptor<>("sums", Long::sum, LongSerializer.INSTANCE));
    values =
        (HummockValueState<Long, Long, Long>)
            state(states, new ValueStateDescriptor<>("values", LongSerializer.INSTANCE));
    lists =
        (HummockListState<Long, Long, Long>)
            state(states, new ListStateDescriptor<>("lists", LongSerializer.INSTANCE));
  }

  private static <V, S extends State> HummockState<Long, Long, V> state(
      States<Long> states, StateDescriptor<S, V> descriptor) {
    RegisteredState registered =
        new RegisteredState(
            new RegisteredKeyValueStateBackendMetaInfo<>(
                descriptor.getType(),
                descriptor.getName(),
                LongSerializer.INSTANCE,
                descriptor.getSerializer()));
    return states.createOrUpdate(descriptor, registered, null);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private void use(long key) throws IOException {
    context.keys().setCurrentKey(key, 0);
    sums.setCurrentNamespace(7L);
    values.setCurrentNamespace(7L);
    lists.setCurrentNamespace(7L);
  }

  /** Opens a window for each key. */
  private void open(long value) throws Exception {
    for (long key = 0; key < KEYS; key++) {
      use(key);
      sums.add(value);
      sums.add(key);
      lists.add(value);
      lists.add(key);
      if (values.value() == null) {
        values.update(value);
      }
    }
  }

  /** Reads and closes the window of each key. */
  private void fire(long value) throws Exception {
    for (long key = 0; key < KEYS; key++) {
      use(key);
      assertThat(sums.get()).isEqualTo(value + key);
      assertThat(lists.get()).containsExactly(value, key);
      assertThat(values.value()).isEqualTo(value);
      sums.clear();
      lists.clear();
      values.clear();
    }
  }

  private void expectNothing() throws Exception {
    for (long key = 0; key < KEYS; key++) {
      use(key);
      assertThat(sums.get()).isNull();
      assertThat(lists.get()).isNull();
      assertThat(values.value()).isNull();
    }
  }

  @Test
  void windowsOfOneEpochLeaveNothing() throws Exception {
    for (int epoch = 0; epoch < 3; epoch++) {
      open(1);
      fire(1);
      open(2);
      fire(2);
      store.flush();
      assertThat(store.statistics().entries()).isZero();
      expectNothing();
    }
  }

  @Test
  void windowsOfTwoEpochsAreHiddenByTombstones() throws Exception {
    open(1);
    store.flush();
    fire(1);
    open(2);
    fire(2);
    store.flush();
    expectNothing();
    open(3);
    store.flush();
    fire(3);
    store.seal();
    open(4);
    store.seal();
    fire(4);
    store.flush();
    expectNothing();
    store.compact();
    assertThat(store.statistics().entries()).isZero();
  }

  @Test
  void aValueThatIsPutTwiceAcrossAnEpochIsHiddenByItsTombstone() throws Exception {
    use(1);
    assertThat(values.value()).isNull();
    values.update(1L);
    store.flush();
    values.update(2L);
    values.clear();
    store.flush();
    assertThat(values.value()).isNull();
    assertThat(lists.get()).isNull();
    lists.add(1L);
    store.flush();
    lists.update(List.of(2L));
    lists.clear();
    store.flush();
    assertThat(lists.get()).isNull();
  }

  @Test
  void whatOneKeyHasNotIsNotTakenForAnothersWhoseEntryIsAsLong() throws Exception {
    use(2);
    values.update(1L);
    store.flush();
    use(1);
    assertThat(values.value()).isNull();
    use(2);
    values.update(2L);
    values.clear();
    store.flush();
    assertThat(values.value()).isNull();
  }

  @Test
  void whatOneNamespaceHasNotIsNotTakenForAnothers() throws Exception {
    use(1);
    values.update(1L);
    store.flush();
    values.setCurrentNamespace(8L);
    assertThat(values.value()).isNull();
    values.setCurrentNamespace(7L);
    values.update(2L);
    values.clear();
    store.flush();
    assertThat(values.value()).isNull();
  }
}
