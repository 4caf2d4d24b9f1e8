package io.hummock.flink.encoding;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializerSnapshot;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * How the values of one older generation of a state become those of its current schema.
 *
 * @param generation the older generation
 * @param values a template: give each thread a {@linkplain ValueMigration#duplicate duplicate}
 */
public record StateMigration(StateGeneration generation, ValueMigration values) {
  /*
   * A serializer says which snapshots it can follow. If the current one cannot follow that of a
   * generation, one in between may have: its job ran, but not long enough to move all entries. Then
   * values go through the serializers that came between, as they would have then. So all older
   * generations of a state are known until none of them has entries.
   */

  /**
   * The migrations of all older generations of a state.
   *
   * @throws StateMigrationException if one of them cannot be migrated to the current serializer
   */
  public static List<StateMigration> of(
      RegisteredState state, ClassLoader classLoader, TtlTimeProvider time)
      throws StateMigrationException, IOException {
    List<StateGeneration> older = state.older();
    if (older.isEmpty()) {
      return List.of();
    }
    TypeSerializer<?> current =
        ((RegisteredKeyValueStateBackendMetaInfo<?, ?>) state.metaInfo()).getStateSerializer();
    Map<Long, List<TypeSerializer<?>>> paths = paths(state, current, classLoader);
    List<StateMigration> migrations = new ArrayList<>();
    for (StateGeneration generation : older) {
      List<TypeSerializer<?>> path = paths.get(generation.id());
      if (path == null) {
        throw new StateMigrationException(
            "The serializer of "
                + state
                + " cannot follow the schema of values that an earlier version of the job wrote and"
                + " that have not been rewritten yet. Let a version of the job that can follow it"
                + " run until they are, or take a savepoint in canonical format with it, which"
                + " rewrites all values, and start from there.");
      }
      ValueMigration values = new ValueMigration(state.kind(), path, time);
      // The current serializer is used by others too.
      migrations.add(new StateMigration(generation, values.duplicate()));
    }
    return migrations;
  }

  /** The shortest way of each generation that has one. */
  private static Map<Long, List<TypeSerializer<?>>> paths(
      RegisteredState state, TypeSerializer<?> current, ClassLoader classLoader)
      throws IOException {
    Map<Long, List<TypeSerializer<?>>> found = new LinkedHashMap<>();
    Deque<List<TypeSerializer<?>>> open = new ArrayDeque<>();
    open.add(List.<TypeSerializer<?>>of(current));
    while (!open.isEmpty()) {
      List<TypeSerializer<?>> rest = open.remove();
      for (StateGeneration generation : state.older()) {
        if (!found.containsKey(generation.id())) {
          List<TypeSerializer<?>> path = path(generation, rest, state.kind(), classLoader);
          if (path != null) {
            found.put(generation.id(), path);
            open.add(path);
          }
        }
      }
    }
    return found;
  }

  /** The serializers of a way that begins with a generation's, or null if it cannot go there. */
  private static @Nullable List<TypeSerializer<?>> path(
      StateGeneration from, List<TypeSerializer<?>> rest, StateKind kind, ClassLoader classLoader)
      throws IOException {
    RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo = metaInfo(from, classLoader);
    // Before it is compared, which changes what it is restored from.
    TypeSerializer<?> restored = metaInfo.getPreviousStateSerializer();
    if (update(metaInfo, rest.get(0)).isIncompatible()
        || (kind == StateKind.MAP && !writesMapKeysAlike(metaInfo, rest.get(0)))) {
      return null;
    }
    List<TypeSerializer<?>> path = new ArrayList<>();
    path.add(restored);
    path.addAll(rest);
    return path;
  }

  /** A generation's meta information, ready to be registered with another serializer. */
  public static RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo(
      StateGeneration generation, ClassLoader classLoader) throws IOException {
    return (RegisteredKeyValueStateBackendMetaInfo<?, ?>)
        RegisteredKeyValueStateBackendMetaInfo.fromMetaInfoSnapshot(generation.read(classLoader));
  }

  @SuppressWarnings("unchecked") // both serialise values of the same state
  private static <V> TypeSerializerSchemaCompatibility<V> update(
      RegisteredKeyValueStateBackendMetaInfo<?, V> metaInfo, TypeSerializer<?> serializer) {
    return metaInfo.updateStateSerializer((TypeSerializer<V>) serializer);
  }

  /**
   * Whether a map's keys, which are keys of the tree and are not rewritten, stay what they were.
   *
   * @param metaInfo of the map, already updated
   */
  @SuppressWarnings("unchecked") // both serialise the keys of the same map
  public static <U> boolean writesMapKeysAlike(
      RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo, TypeSerializer<?> serializer) {
    TypeSerializerSnapshot<U> previous =
        (TypeSerializerSnapshot<U>)
            ((MapSerializerSnapshot<?, ?>)
                    Objects.requireNonNull(metaInfo.getPreviousStateSerializerSnapshot()))
                .getKeySerializerSnapshot();
    TypeSerializer<U> keys =
        (TypeSerializer<U>) ((MapSerializer<?, ?>) serializer).getKeySerializer();
    return keys.snapshotConfiguration().resolveSchemaCompatibility(previous).isCompatibleAsIs();
  }
}
