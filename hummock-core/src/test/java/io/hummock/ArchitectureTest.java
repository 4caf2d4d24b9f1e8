package io.hummock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The rooms of hummock-core, and which of them each may use. */
class ArchitectureTest {
  private static final Map<String, String> MAY_USE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bytes", ""),
              Map.entry("metrics", ""),
              Map.entry("key", "bytes"),
              Map.entry("objectstore", "bytes metrics"),
              Map.entry("iterator", "key bytes"),
              Map.entry("rowcache", "key bytes metrics"),
              Map.entry("memtable", "iterator key bytes"),
              Map.entry("sstable", "objectstore iterator key bytes metrics"),
              Map.entry("version", "sstable objectstore iterator key bytes metrics"),
              Map.entry("compaction", "version sstable objectstore iterator key bytes metrics"),
              Map.entry("flush", "compaction version sstable memtable iterator key bytes metrics"),
              Map.entry("ownership", "version sstable objectstore metrics")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(HummockStore.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void roomsUseOnlyTheRoomsBelow() {
    LayeredArchitecture rooms = layeredArchitecture().consideringOnlyDependenciesInLayers();
    rooms = rooms.layer("store").definedBy("io.hummock");
    for (String room : MAY_USE.keySet()) {
      rooms = rooms.layer(room).definedBy("io.hummock." + room);
    }
    rooms = rooms.whereLayer("store").mayNotBeAccessedByAnyLayer();
    for (Map.Entry<String, String> room : MAY_USE.entrySet()) {
      if (!room.getValue().isEmpty()) {
        rooms = rooms.whereLayer(room.getKey()).mayOnlyAccessLayers(room.getValue().split(" "));
      } else {
        rooms = rooms.whereLayer(room.getKey()).mayNotAccessAnyLayer();
      }
    }
    rooms.check(CLASSES);
  }

  @Test
  void everyClassIsInARoom() {
    noClasses()
        .should()
        .resideOutsideOfPackages(
            MAY_USE.keySet().stream()
                .map(room -> "io.hummock." + room)
                .reduce("io.hummock", (all, room) -> all + "," + room)
                .split(","))
        .check(CLASSES);
  }

  @Test
  void roomsAreFreeOfCycles() {
    SlicesRuleDefinition.slices()
        .matching("io.hummock.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void coreKnowsNoFlink() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.flink..")
        .check(CLASSES);
  }

  @Test
  void thereIsNoUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..")
        .check(CLASSES);
  }

  @Test
  void neitherUnsafeNorJavaSerialisationIsUsed() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("sun.misc.Unsafe")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectOutputStream")
        .check(CLASSES);
  }
}
