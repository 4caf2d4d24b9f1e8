package io.hummock.flink.state;

import io.hummock.bytes.Slice;
import io.hummock.flink.encoding.SavepointFormat;
import io.hummock.flink.encoding.StateKind;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer.TtlAwareListSerializer;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer.TtlAwareMapSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;

/**
 * Rewrites the values of one state from an older serializer's format into that of the one now
 * registered, time to live added or taken away where only one of them has it.
 *
 * <p>For one thread.
 */
public final class ValueMigration<V> {
  private final StateKind kind;
  private final TtlAwareSerializer<?, ?> from;
  private final TtlAwareSerializer<?, ?> to;
  private final TtlTimeProvider time;
  private final DataInputDeserializer in = new DataInputDeserializer();
  private final DataOutputSerializer out = new DataOutputSerializer(128);

  public ValueMigration(
      StateKind kind, TypeSerializer<V> from, TypeSerializer<V> to, TtlTimeProvider time) {
    this.kind = kind;
    this.time = time;
    this.from = ofParts(kind, TtlAwareSerializer.wrapTtlAwareSerializer(from));
    this.to = ofParts(kind, TtlAwareSerializer.wrapTtlAwareSerializer(to));
  }

  /** What serialises the parts that a state's entry is made of. */
  private static TtlAwareSerializer<?, ?> ofParts(
      StateKind kind, TtlAwareSerializer<?, ?> serializer) {
    return switch (kind) {
      case LIST -> ((TtlAwareListSerializer<?>) serializer).getElementSerializer();
      case MAP -> ((TtlAwareMapSerializer<?, ?>) serializer).getValueSerializer();
      default -> serializer;
    };
  }

  /** The new form of an entry's value, valid until the next one is migrated. */
  public Slice migrate(Slice value) throws IOException {
    in.setBuffer(value.array(), value.offset(), value.length());
    out.clear();
    switch (kind) {
      case LIST -> {
        while (in.available() > 0) {
          migratePart(from, to);
          in.skipBytesToRead(1);
          out.write(SavepointFormat.DELIMITER);
        }
      }
      case MAP -> {
        boolean isNull = in.readBoolean();
        out.writeBoolean(isNull);
        if (!isNull) {
          migratePart(from, to);
        }
      }
      default -> migratePart(from, to);
    }
    return Slice.of(out.getSharedBuffer(), 0, out.length());
  }

  @SuppressWarnings("unchecked") // both serialise the parts of the same state
  private <P> void migratePart(TtlAwareSerializer<?, ?> prior, TtlAwareSerializer<P, ?> current)
      throws IOException {
    TtlAwareSerializer<P, ?> typedPrior = (TtlAwareSerializer<P, ?>) prior;
    current.migrateValueFromPriorSerializer(
        typedPrior, () -> typedPrior.deserialize(in), out, time);
  }
}
