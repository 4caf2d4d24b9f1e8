package io.hummock.flink.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.key.KeySpace;
import io.hummock.testing.Seeds;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.SerializedCompositeKeyBuilder;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.Test;

/** The bytes behind key group and state id are Flink's, whatever the serializers. */
class KeyEncoderTest {
  private static final long STATE_ID = 0xFEDC_BA98_7654_3210L;

  private static String text(SplittableRandom random) {
    // Long ones, so that their lengths take more than one byte.
    return "k".repeat(random.nextInt(4) == 0 ? random.nextInt(70_000) % 700 : random.nextInt(4));
  }

  @Test
  void variableKeyAndVariableNamespace() throws IOException {
    compare(
        StringSerializer.INSTANCE, KeyEncoderTest::text,
        StringSerializer.INSTANCE, KeyEncoderTest::text);
  }

  @Test
  void variableKeyAndFixedNamespace() throws IOException {
    compare(
        StringSerializer.INSTANCE,
        KeyEncoderTest::text,
        VoidNamespaceSerializer.INSTANCE,
        random -> VoidNamespace.INSTANCE);
  }

  @Test
  void fixedKeyAndVariableNamespace() throws IOException {
    compare(
        LongSerializer.INSTANCE, SplittableRandom::nextLong,
        StringSerializer.INSTANCE, KeyEncoderTest::text);
  }

  @Test
  void fixedKeyAndFixedNamespace() throws IOException {
    compare(
        LongSerializer.INSTANCE, SplittableRandom::nextLong,
        LongSerializer.INSTANCE, SplittableRandom::nextLong);
  }

  private static <K, N> void compare(
      TypeSerializer<K> keySerializer,
      Function<SplittableRandom, K> keys,
      TypeSerializer<N> namespaceSerializer,
      Function<SplittableRandom, N> namespaces)
      throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int prefixBytes = 1; prefixBytes <= 2; prefixBytes++) {
      KeyEncoder<K> encoder = new KeyEncoder<>(keySerializer);
      KeyDecoder<K, N> decoder = new KeyDecoder<>(keySerializer, namespaceSerializer);
      SerializedCompositeKeyBuilder<K> flink =
          new SerializedCompositeKeyBuilder<>(keySerializer, prefixBytes, 16);
      SliceBuilder buffer = new SliceBuilder();
      for (int i = 0; i < 300; i++) {
        K key = keys.apply(random);
        int keyGroup = random.nextInt(prefixBytes == 1 ? 128 : 32_768);
        encoder.setCurrentKey(key, keyGroup);
        flink.setKeyAndKeyGroup(key, keyGroup);
        for (int j = 0; j < 3; j++) {
          N namespace = namespaces.apply(random);
          byte[] expected = flink.buildCompositeKeyNamespace(namespace, namespaceSerializer);
          Slice found = encoder.encode(STATE_ID, namespace, namespaceSerializer);
          assertThat(KeySpace.of(found)).isEqualTo(new KeySpace(keyGroup, STATE_ID));
          assertThat(SavepointFormat.key(found, prefixBytes)).isEqualTo(expected);
          assertThat(SavepointFormat.treeKey(expected, prefixBytes, STATE_ID, buffer))
              .isEqualTo(found);
          int prefixLength = found.length();
          assertThat(encoder.scanPrefixLength()).isEqualTo(prefixLength);
          decoder.set(found);
          assertThat(decoder.readKey()).isEqualTo(key);
          assertThat(decoder.readNamespace()).isEqualTo(namespace);
          assertThat(decoder.remaining()).isZero();

          String mapKey = text(random);
          byte[] expectedEntry =
              flink.buildCompositeKeyNamesSpaceUserKey(
                  namespace, namespaceSerializer, mapKey, StringSerializer.INSTANCE);
          Slice entry =
              encoder.encode(
                  STATE_ID, namespace, namespaceSerializer, mapKey, StringSerializer.INSTANCE);
          assertThat(SavepointFormat.key(entry, prefixBytes)).isEqualTo(expectedEntry);
          assertThat(encoder.scanPrefixLength()).isEqualTo(prefixLength);
          assertThat(decoder.scanPrefixLength(entry)).isEqualTo(prefixLength);
          assertThat(encoder.encodeNext(mapKey, StringSerializer.INSTANCE)).isEqualTo(entry);
        }
      }
    }
  }

  @Test
  void aCompositionIsCountedUntilTheKeyTheStateOrTheNamespaceIsAnother() throws IOException {
    KeyEncoder<Long> encoder = new KeyEncoder<>(LongSerializer.INSTANCE);
    Long namespace = 7L;
    encoder.setCurrentKey(1L, 0);
    encoder.encode(1, namespace, LongSerializer.INSTANCE);
    long first = encoder.compositions();
    encoder.encode(1, namespace, LongSerializer.INSTANCE);
    encoder.encodeNext("map key", StringSerializer.INSTANCE);
    assertThat(encoder.compositions()).isEqualTo(first);
    encoder.encode(2, namespace, LongSerializer.INSTANCE);
    assertThat(encoder.compositions()).isEqualTo(first + 1);
    encoder.encode(2, 8L, LongSerializer.INSTANCE);
    assertThat(encoder.compositions()).isEqualTo(first + 2);
    encoder.setCurrentKey(1L, 0);
    encoder.encode(2, 8L, LongSerializer.INSTANCE);
    assertThat(encoder.compositions()).isEqualTo(first + 3);
  }

  @Test
  void withoutAKeyThereIsNoEncoding() {
    KeyEncoder<Long> encoder = new KeyEncoder<>(LongSerializer.INSTANCE);
    assertThatThrownBy(
            () -> encoder.encode(1, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("No key set");
  }

  @Test
  void stateIdsNeverChange() {
    assertThat(StateId.of(StateKind.VALUE, "count"))
        .isEqualTo(Hash.hash64("value/count"))
        .isNotEqualTo(StateId.of(StateKind.LIST, "count"))
        .isNotEqualTo(StateId.of(StateKind.VALUE, "counts"));
    assertThat(StateKind.values())
        .extracting(StateKind::tag)
        .containsExactly("value", "list", "reducing", "aggregating", "map", "timer");
  }

  @Test
  void aNameIsOneStateOnly() {
    RegisteredStates states = new RegisteredStates();
    states.put(registered("name", StateDescriptor.Type.VALUE));
    states.put(registered("name", StateDescriptor.Type.VALUE));
    assertThat(states.list()).hasSize(1);
    assertThatThrownBy(() -> states.put(registered("name", StateDescriptor.Type.REDUCING)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'name'")
        .hasMessageContaining("value")
        .hasMessageContaining("reducing");
  }

  private static RegisteredState registered(String name, StateDescriptor.Type type) {
    return new RegisteredState(
        new RegisteredKeyValueStateBackendMetaInfo<>(
            type, name, LongSerializer.INSTANCE, LongSerializer.INSTANCE));
  }
}
