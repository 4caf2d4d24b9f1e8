package io.hummock.flink.state;

import io.hummock.HummockStore;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.flink.encoding.ChunkedScan;
import io.hummock.flink.encoding.RegisteredState;
import io.hummock.flink.encoding.StateMigration;
import io.hummock.flink.encoding.StateWalk;
import io.hummock.flink.encoding.ValueMigration;
import io.hummock.iterator.Direction;
import io.hummock.iterator.UserIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueLookup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * What a state still has in the schemas before its current one. Each access to a key first moves
 * what is there for it into the current schema; the rest moves a few entries at a time.
 *
 * <p>For the task's thread, but for the queries, which any thread may make.
 */
public final class OlderGenerations {
  /*
   * An entry lies in one generation only. So nothing is ever decided between two versions of it, the
   * order of the generations does not matter, and one that has been walked through once is empty for
   * ever: nobody writes to it. Moving puts the new entry before it deletes the old one, and a query
   * looks into the older generations first: whenever it looks, it finds the entry.
   */
  private final HummockStore store;
  private final RegisteredState state;
  private final KeyGroupRange keyGroups;
  private final SliceBuilder olderKey = new SliceBuilder();
  private final ValueLookup lookup = new ValueLookup();
  private volatile List<Generation> generations;
  private @Nullable StateWalk walk;

  /** One older generation, with what the task's thread migrates by. */
  private record Generation(StateMigration migration, ValueMigration values) {
    long id() {
      return migration.generation().id();
    }
  }

  public OlderGenerations(
      HummockStore store,
      RegisteredState state,
      List<StateMigration> migrations,
      KeyGroupRange keyGroups) {
    this.store = store;
    this.state = state;
    this.keyGroups = keyGroups;
    this.generations =
        migrations.stream()
            .map(migration -> new Generation(migration, migration.values().duplicate()))
            .toList();
  }

  /** Whether nothing is left. */
  public boolean isDone() {
    return generations.isEmpty();
  }

  /** The state whose generations these are. */
  public RegisteredState state() {
    return state;
  }

  /** Moves what there is for one key of the tree, which is of the current schema. */
  void moveEntry(Slice key, int scanPrefixLength) throws IOException {
    for (Generation generation : generations) {
      Slice older = withId(key, generation.id(), olderKey);
      if (store.get(older, lookup)) {
        move(generation, older, key, scanPrefixLength, lookup.value());
      }
    }
  }

  /** Moves all entries of a map, whose prefix is of the current schema and lasts meanwhile. */
  void moveMap(Slice prefix) throws IOException {
    for (Generation generation : generations) {
      Slice olderPrefix = withId(prefix, generation.id(), new SliceBuilder());
      ChunkedScan entries = new ChunkedScan(store, olderPrefix);
      while (entries.next()) {
        Slice rest = entries.rest();
        move(
            generation,
            join(olderPrefix, rest),
            join(prefix, rest),
            prefix.length(),
            entries.value());
      }
    }
  }

  /** Whether no entry of a map is left here. */
  boolean isMapEmpty(Slice prefix) throws IOException {
    for (Generation generation : generations) {
      Slice olderPrefix = withId(prefix, generation.id(), olderKey);
      try (UserIterator entries = store.scanPrefix(olderPrefix, Direction.FORWARD)) {
        entries.rewind();
        if (entries.isValid()) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Moves the next entries, whoever they belong to; true if nothing is left.
   *
   * @param maxEntries about how many, and at least a look at one key group
   */
  public boolean step(int maxEntries) throws IOException {
    int left = maxEntries;
    while (left > 0 && !generations.isEmpty()) {
      Generation generation = generations.get(0);
      StateWalk current = walk;
      if (current == null) {
        current = new StateWalk(store, generation.id(), keyGroups);
        walk = current;
      }
      List<StateWalk.Entry> entries = current.step(left);
      for (StateWalk.Entry entry : entries) {
        Slice key = withId(entry.key(), state.id(), olderKey);
        move(generation, entry.key(), key, entry.scanPrefixLength(), entry.value());
      }
      left -= Math.max(1, entries.size());
      if (current.isAtEnd()) {
        walk = null;
        generations = generations.subList(1, generations.size());
      }
    }
    return generations.isEmpty();
  }

  private void move(
      Generation generation, Slice olderKey, Slice key, int scanPrefixLength, Slice value)
      throws IOException {
    store.put(key, scanPrefixLength, migrate(generation.values, value));
    store.delete(olderKey, scanPrefixLength);
  }

  private Slice migrate(ValueMigration values, Slice value) {
    try {
      return values.migrate(value);
    } catch (IOException | RuntimeException e) {
      String message =
          "Could not migrate a value of "
              + state
              + " that was written with "
              + values.from()
              + ". Start the job again with a serializer that reads it.";
      throw new FlinkRuntimeException(message, new StateMigrationException(message, e));
    }
  }

  private static Slice withId(Slice key, long id, SliceBuilder into) {
    into.clear();
    into.write(key);
    new KeySpace(KeySpace.partition(key), id).write(into.array(), 0);
    return into.slice();
  }

  private static Slice join(Slice prefix, Slice rest) {
    return new SliceBuilder(prefix.length() + rest.length()).write(prefix).write(rest).slice();
  }

  // ---- Queries

  /** The value of a key in the current schema, or null if it is not here. */
  @Nullable Slice query(Slice key) throws IOException {
    ValueLookup found = new ValueLookup();
    for (Generation generation : generations) {
      if (store.get(withId(key, generation.id(), new SliceBuilder()), found)) {
        return migrate(generation.migration.values().duplicate(), found.value());
      }
    }
    return null;
  }

  /** An entry of a map that a query has met. */
  record QueriedEntry(Slice mapKey, Slice value) {}

  /** The entries of a map in the current schema that are here. */
  List<QueriedEntry> queryMap(Slice prefix) throws IOException {
    List<QueriedEntry> found = new ArrayList<>();
    for (Generation generation : generations) {
      ValueMigration values = generation.migration.values().duplicate();
      ChunkedScan entries =
          new ChunkedScan(store, withId(prefix, generation.id(), new SliceBuilder()));
      while (entries.next()) {
        found.add(new QueriedEntry(entries.rest(), migrate(values, entries.value()).copy()));
      }
    }
    return found;
  }
}
