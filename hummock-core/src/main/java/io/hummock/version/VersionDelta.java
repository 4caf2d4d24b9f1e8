package io.hummock.version;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What turns one version into the next: tables that go, tables that come.
 *
 * <p>What goes is named by its content, not by its file, so that a delta made before a table was
 * replaced by a copy still fits.
 *
 * @param removed the tables that go
 * @param added the tables that come, by level
 */
public record VersionDelta(
    Set<TableFile.Content> removed, SortedMap<Integer, List<TableFile>> added) {
  public VersionDelta {
    removed = Set.copyOf(removed);
    added = new TreeMap<>(added);
  }

  /** Tables come to a level. */
  public static VersionDelta add(int level, List<TableFile> tables) {
    return replace(List.of(), level, tables);
  }

  /** Some tables go, others come to one level. */
  public static VersionDelta replace(List<TableFile> removed, int level, List<TableFile> added) {
    return new VersionDelta(
        removed.stream().map(TableFile::content).collect(Collectors.toSet()),
        added.isEmpty() ? new TreeMap<>() : new TreeMap<>(Map.of(level, added)));
  }
}
