package io.hummock.version;

import static io.hummock.version.TestTables.key;
import static io.hummock.version.TestTables.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VersionTest {
  private final TableFile a = table(1, 1, "a", "c", 1);
  private final TableFile b = table(2, 2, "b", "d", 1);
  private final TableFile c = table(3, 2, "a", "d", 1);

  @Test
  void aDeltaLeadsToTheNextVersion() {
    Version version =
        Version.empty(3)
            .apply(VersionDelta.add(0, List.of(a)))
            .apply(VersionDelta.add(0, List.of(b)));
    assertThat(version.level0().tables()).containsExactly(b, a);
    Version next = version.apply(VersionDelta.replace(List.of(a, b), 2, List.of(c)));
    assertThat(next.level0().isEmpty()).isTrue();
    assertThat(next.tables()).containsExactly(c);
    assertThat(next.deepestLevel()).isEqualTo(2);
    assertThat(version.tables()).containsExactly(b, a);
  }

  @Test
  void aDeltaThatDoesNotFitIsRefused() {
    Version version = Version.empty(3).apply(VersionDelta.add(1, List.of(a)));
    assertThatThrownBy(() -> version.apply(VersionDelta.add(1, List.of(b))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> version.apply(VersionDelta.replace(List.of(b), 2, List.of())))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> version.apply(VersionDelta.add(3, List.of(b))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDeltaMadeBeforeACopyStillRemovesIt() {
    TableFile copy = a.in(new UUID(9, 9), "copy.sst", "copy.meta");
    Version version = Version.empty(3).apply(VersionDelta.add(0, List.of(copy)));
    Version next = version.apply(VersionDelta.replace(List.of(a), 1, List.of(c)));
    assertThat(next.tables()).containsExactly(c);
  }

  @Test
  void tellsWhetherSomethingLiesBelow() {
    Version version = Version.empty(4).apply(VersionDelta.add(2, List.of(a)));
    assertThat(version.hasBelow(1, key("c"), key("x"))).isTrue();
    assertThat(version.hasBelow(1, key("d"), key("x"))).isFalse();
    assertThat(version.hasBelow(2, key("a"), key("x"))).isFalse();
  }

  @Test
  void aFileIsGoneWithTheLastVersionAndTheLastPin() {
    List<TableFile> gone = new ArrayList<>();
    Versions versions = new Versions(Version.empty(3), gone::addAll);
    versions.install(versions.current().apply(VersionDelta.add(0, List.of(a))));
    Versions.Pin first = versions.pin();
    Versions.Pin second = versions.pin();
    versions.install(versions.current().apply(VersionDelta.replace(List.of(a), 1, List.of(c))));
    assertThat(gone).isEmpty();
    first.close();
    first.close();
    assertThat(gone).isEmpty();
    second.close();
    assertThat(gone).containsExactly(a);
    assertThat(versions.fileCount()).isEqualTo(1);
    versions.clear();
    assertThat(gone).containsExactly(a, c);
  }

  @Test
  void pinningAllKeepsWhatOtherPinsKeep() {
    List<TableFile> gone = new ArrayList<>();
    Versions versions = new Versions(Version.empty(3), gone::addAll);
    versions.install(versions.current().apply(VersionDelta.add(0, List.of(a))));
    Versions.Pin reader = versions.pin();
    versions.install(versions.current().apply(VersionDelta.replace(List.of(a), 1, List.of(c))));
    Versions.Pin all = versions.pinAll();
    assertThat(all.version().tables()).containsExactly(c);
    assertThat(all.others()).containsExactly(a);
    reader.close();
    assertThat(gone).isEmpty();
    all.close();
    assertThat(gone).containsExactly(a);
  }

  @Test
  void aFileThatTwoTablesShareIsGoneOnce() {
    TableFile wide = table(5, 1, key(1, "a"), key(9, "b"), 1);
    TableFile left = TestTables.clipped(wide, 0, 4);
    TableFile right = TestTables.clipped(wide, 5, 9);
    List<TableFile> gone = new ArrayList<>();
    Versions versions =
        new Versions(
            Version.empty(2).apply(VersionDelta.add(1, List.of(left, right))), gone::addAll);
    versions.install(versions.current().apply(VersionDelta.replace(List.of(left), 1, List.of())));
    assertThat(gone).isEmpty();
    versions.install(versions.current().apply(VersionDelta.replace(List.of(right), 1, List.of())));
    assertThat(gone).hasSize(1);
  }
}
