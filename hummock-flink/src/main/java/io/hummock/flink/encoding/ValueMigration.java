package io.hummock.flink.encoding;

import io.hummock.bytes.Slice;
import java.io.IOException;
import java.util.List;
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
 * <p>For one thread, but for {@link #duplicate}.
 */
public final class ValueMigration {
  private final StateKind kind;
  private final List<? extends TypeSerializer<?>> serializers;
  private final TtlTimeProvider time;
  private final TtlAwareSerializer<?, ?>[] parts;
  private final DataInputDeserializer in = new DataInputDeserializer();
  private final DataOutputSerializer[] outs = {
    new DataOutputSerializer(128), new DataOutputSerializer(128)
  };

  /**
   * @param serializers what the values were written with, then those on the way to the one now
   *     registered, which is the last; two or more, which become this object's own
   */
  ValueMigration(
      StateKind kind, List<? extends TypeSerializer<?>> serializers, TtlTimeProvider time) {
    assert serializers.size() > 1;
    this.kind = kind;
    this.serializers = List.copyOf(serializers);
    this.time = time;
    this.parts = new TtlAwareSerializer<?, ?>[serializers.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = ofParts(kind, TtlAwareSerializer.wrapTtlAwareSerializer(serializers.get(i)));
    }
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

  /** What the values were written with. */
  public TypeSerializer<?> from() {
    return serializers.get(0);
  }

  /** The same for another thread, as long as no thread migrates by this one. */
  public synchronized ValueMigration duplicate() {
    return new ValueMigration(
        kind, serializers.stream().map(TypeSerializer::duplicate).toList(), time);
  }

  /** The new form of an entry's value, valid until the next one is migrated. */
  public Slice migrate(Slice value) throws IOException {
    Slice migrated = value;
    for (int i = 1; i < parts.length; i++) {
      migrated = migrate(migrated, parts[i - 1], parts[i], outs[i % 2]);
    }
    return migrated;
  }

  private Slice migrate(
      Slice value,
      TtlAwareSerializer<?, ?> from,
      TtlAwareSerializer<?, ?> to,
      DataOutputSerializer out)
      throws IOException {
    in.setBuffer(value.array(), value.offset(), value.length());
    out.clear();
    switch (kind) {
      case LIST -> {
        while (in.available() > 0) {
          migratePart(from, to, out);
          in.skipBytesToRead(1);
          out.write(SavepointFormat.DELIMITER);
        }
      }
      case MAP -> {
        boolean isNull = in.readBoolean();
        out.writeBoolean(isNull);
        if (!isNull) {
          migratePart(from, to, out);
        }
      }
      default -> migratePart(from, to, out);
    }
    return Slice.of(out.getSharedBuffer(), 0, out.length());
  }

  @SuppressWarnings("unchecked") // both serialise the parts of the same state
  private <P> void migratePart(
      TtlAwareSerializer<?, ?> prior, TtlAwareSerializer<P, ?> current, DataOutputSerializer out)
      throws IOException {
    TtlAwareSerializer<P, ?> typedPrior = (TtlAwareSerializer<P, ?>) prior;
    current.migrateValueFromPriorSerializer(
        typedPrior, () -> typedPrior.deserialize(in), out, time);
  }
}
