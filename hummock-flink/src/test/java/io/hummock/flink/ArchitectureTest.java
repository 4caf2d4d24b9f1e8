package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds the module to the table of rooms in ARCHITECTURE.md: arrows point down only. */
class ArchitectureTest {

  private static final String ROOT = "io.hummock.flink";

  /** Each room and the rooms of this module that it may use; the top room is the empty name. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("", Set.of("backend", "storage", "memory")),
          Map.entry(
              "backend",
              Set.of(
                  "restore",
                  "snapshot",
                  "state",
                  "timer",
                  "encoding",
                  "storage",
                  "memory",
                  "metrics")),
          Map.entry("restore", Set.of("snapshot", "encoding", "storage", "metrics")),
          Map.entry("snapshot", Set.of("encoding", "storage", "metrics")),
          Map.entry("state", Set.of("encoding")),
          Map.entry("timer", Set.of("encoding")),
          Map.entry("encoding", Set.of()),
          Map.entry("storage", Set.of()),
          Map.entry("orphans", Set.of()),
          Map.entry("memory", Set.of()),
          Map.entry("metrics", Set.of()));

  /** What the module sees of hummock-core. */
  private static final Set<String> CORE =
      Set.of(
          "io.hummock",
          "io.hummock.key",
          "io.hummock.bytes",
          "io.hummock.iterator",
          "io.hummock.rowcache",
          "io.hummock.objectstore",
          "io.hummock.metrics");

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> location.contains("hummock-flink"))
          .importPackages(ROOT);

  @Test
  void roomsUseOnlyRoomsBelowThem() {
    assertThat(classes).hasSizeGreaterThan(20);
    Set<String> wrong = new TreeSet<>();
    for (JavaClass from : classes) {
      String room = room(from.getPackageName());
      Set<String> allowed = MAY_USE.get(room);
      if (allowed == null) {
        wrong.add("%s lies in no room of the table".formatted(from.getName()));
        continue;
      }
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
        if ((target.equals(ROOT) || target.startsWith(ROOT + "."))
            && !room(target).equals(room)
            && !allowed.contains(room(target))) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void onlyThePublicRoomsOfTheCoreAreUsed() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
        boolean own = target.equals(ROOT) || target.startsWith(ROOT + ".");
        boolean hummock = target.equals("io.hummock") || target.startsWith("io.hummock.");
        if (hummock && !own && !CORE.contains(target)) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** What the core bundles is its own affair: it can change a library without a change here. */
  @Test
  void librariesOfTheCoreAreNotUsedDirectly() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
        if (target.matches(
            "(software\\.amazon|com\\.github\\.benmanes|io\\.airlift|com\\.dynatrace|org\\.apache\\.hc)\\..*")) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static String room(String packageName) {
    return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
  }
}
