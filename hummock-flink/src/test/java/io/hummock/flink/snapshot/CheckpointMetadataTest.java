package io.hummock.flink.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateGeneration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.junit.jupiter.api.Test;

class CheckpointMetadataTest {
  private static final Slice MANIFEST = Slice.utf8("manifest");
  private static final KeyGroupRange KEY_GROUPS = KeyGroupRange.of(2, 5);

  private static StateMetaInfoSnapshot metaInfo(TypeSerializer<?> serializer) {
    return new RegisteredKeyValueStateBackendMetaInfo<>(
            StateDescriptor.Type.VALUE, "name", VoidNamespaceSerializer.INSTANCE, serializer)
        .snapshot();
  }

  private static RegisteredState state() throws IOException {
    return new RegisteredState(
        new RegisteredKeyValueStateBackendMetaInfo<>(
            StateDescriptor.Type.VALUE,
            "name",
            VoidNamespaceSerializer.INSTANCE,
            StringSerializer.INSTANCE),
        -3,
        List.of(
            StateGeneration.of(1, metaInfo(IntSerializer.INSTANCE)),
            StateGeneration.of(2, metaInfo(LongSerializer.INSTANCE))));
  }

  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(out, state());
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, RegisteredState state) throws IOException {
    CheckpointMetadata.write(
        out, KEY_GROUPS, 8, MANIFEST, IntSerializer.INSTANCE, List.of(state.snapshot()));
  }

  private static CheckpointMetadata<Integer> read(byte[] bytes) throws IOException {
    return CheckpointMetadata.read(
        new ByteStreamStateHandle("metadata", bytes),
        CheckpointMetadataTest.class.getClassLoader());
  }

  @Test
  void schemasAreReadAsTheyWereWritten() throws IOException {
    CheckpointMetadata<Integer> metadata = read(written());
    assertThat(metadata.keyGroups()).isEqualTo(KEY_GROUPS);
    assertThat(metadata.numberOfKeyGroups()).isEqualTo(8);
    assertThat(metadata.manifest()).isEqualTo(MANIFEST);
    assertThat(metadata.states()).hasSize(1);
    RegisteredState state = metadata.states().get(0);
    assertThat(state.id()).isEqualTo(-3);
    assertThat(state.older()).isEqualTo(state().older());
    assertThat(state.snapshot()).as("to the byte").isEqualTo(state().snapshot());
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    write(again, state);
    assertThat(again.toByteArray()).isEqualTo(written());
  }

  /** By docs/format.md, not by the code above. */
  @Test
  void liesInBytesAsDocumented() throws IOException {
    byte[] bytes = written();
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    assertThat(in.readInt()).isEqualTo(0x484D434B);
    assertThat(in.readInt()).as("version").isEqualTo(2);
    assertThat(in.readInt()).isEqualTo(Checksum.crc32c(Slice.of(bytes).from(12)));
    assertThat(in.readInt()).as("first key group").isEqualTo(2);
    assertThat(in.readInt()).as("last key group").isEqualTo(5);
    assertThat(in.readInt()).as("key groups").isEqualTo(8);
    assertThat(in.readInt()).isEqualTo(MANIFEST.length());
    in.skipBytesToRead(MANIFEST.length());
    new KeyedBackendSerializationProxy<>(getClass().getClassLoader()).read(in);
    assertThat(in.readInt()).as("states").isEqualTo(1);
    assertThat(in.readInt()).as("older schemas").isEqualTo(2);
    for (long id : new long[] {1, 2, -3}) {
      assertThat(in.readLong()).as("id").isEqualTo(id);
      in.skipBytesToRead(in.readInt());
    }
    assertThat(in.available()).isZero();
  }

  @Test
  void whatIsCutOrOfAnotherVersionIsRefused() throws IOException {
    byte[] bytes = written();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(CorruptionException.class);
    }
    bytes[7] = 3;
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("known version");
  }

  /** Lengths are believed only as far as there are bytes, though the checksum is right. */
  @Test
  void wrongLengthsBehindARightChecksumAreRefused() throws IOException {
    byte[] bytes = written();
    int refused = 0;
    for (int i = 12; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= (byte) 0x80;
      int checksum = Checksum.crc32c(Slice.of(changed).from(12));
      for (int j = 0; j < 4; j++) {
        changed[8 + j] = (byte) (checksum >>> (24 - 8 * j));
      }
      try {
        read(changed);
      } catch (IOException | RuntimeException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(20);
  }
}
