package io.hummock.examples.benchmark.larger;

import io.hummock.examples.benchmark.backend.KeyKind;
import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import io.hummock.examples.benchmark.backend.Peer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;

/**
 * A value state of 100 bytes a key that knows what each of its values has to be: each is made of
 * its key and of how often it was changed, which is kept in a byte a key beside the state. The
 * bytes are random, so that no compression makes the state fit after all.
 */
final class LargeState {
  static final int VALUE_BYTES = 100;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final KeyedStateFixture<Long> fixture;
  private final ValueState<byte[]> state;
  private final byte[] versions;

  LargeState(KeyedStateFixture<Long> fixture, int keys) throws Exception {
    this.fixture = fixture;
    state =
        fixture.state(new ValueStateDescriptor<>("large", BytePrimitiveArraySerializer.INSTANCE));
    versions = new byte[keys];
  }

  static KeyedStateFixture<Long> open(Peer peer, int megabytes) throws Exception {
    return KeyedStateFixture.open(peer, LongSerializer.INSTANCE, (long) megabytes << 20);
  }

  /** Gives a key its first value. */
  void fill(int number) throws Exception {
    fixture.backend().setCurrentKey(KeyKind.scatter(number));
    state.update(value(number, (byte) 0));
  }

  /** Reads a value and checks it. */
  void get(int number) throws Exception {
    long key = KeyKind.scatter(number);
    fixture.backend().setCurrentKey(key);
    check(number, state.value());
  }

  /** Reads the value of a key that has none. */
  void getMissing(int number) throws Exception {
    fixture.backend().setCurrentKey(KeyKind.scatter((long) versions.length + number));
    if (state.value() != null) {
      throw new IllegalStateException("wrong answer: missing key " + number + " has a value");
    }
  }

  /** Reads a value, checks it, and replaces it by its next one. */
  void increment(int number) throws Exception {
    fixture.backend().setCurrentKey(KeyKind.scatter(number));
    check(number, state.value());
    versions[number]++;
    state.update(value(number, versions[number]));
  }

  private void check(int number, byte[] found) {
    if (found == null
        || found.length != VALUE_BYTES
        || (long) LONGS.get(found, 0) != word(number, versions[number], 0)
        || (long) LONGS.get(found, VALUE_BYTES - Long.BYTES)
            != word(number, versions[number], VALUE_BYTES - Long.BYTES)) {
      throw new IllegalStateException(
          "wrong answer: the value of key " + number + " after " + versions[number] + " changes");
    }
  }

  private static byte[] value(int number, byte version) {
    byte[] value = new byte[VALUE_BYTES];
    for (int at = 0; at <= VALUE_BYTES - Long.BYTES; at += Long.BYTES) {
      LONGS.set(value, at, word(number, version, at));
    }
    int last = VALUE_BYTES - Long.BYTES;
    LONGS.set(value, last, word(number, version, last));
    return value;
  }

  private static long word(int number, byte version, int at) {
    return KeyKind.scatter(((long) number << 16 | (version & 0xFF) << 8 | at) ^ 0x5DEECE66DL);
  }
}
