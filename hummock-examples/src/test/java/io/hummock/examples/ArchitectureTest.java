package io.hummock.examples;

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

/** Holds the module to the table of rooms in ARCHITECTURE.md. */
class ArchitectureTest {

  private static final String ROOT = "io.hummock.examples.";

  /** Each room and the packages of Hummock that it may use. A job uses Flink as any user does. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.of(
          "flights", Set.of(),
          "job", Set.of("io.hummock.examples.flights", "io.hummock.flink"),
          "benchmark", Set.of("io.hummock.flink"));

  @Test
  void roomsUseOnlyRoomsBelowThem() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> location.contains("hummock-examples"))
            .importPackages(ROOT + "..");
    assertThat(classes).hasSizeGreaterThan(20);
    Set<String> wrong = new TreeSet<>();
    for (JavaClass from : classes) {
      String room = from.getPackageName().substring(ROOT.length()).replaceFirst("\\..*", "");
      Set<String> allowed = MAY_USE.get(room);
      if (allowed == null) {
        wrong.add("%s lies in no room of the table".formatted(from.getName()));
        continue;
      }
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
        boolean own = target.equals(ROOT + room) || target.startsWith(ROOT + room + ".");
        boolean hummock = target.equals("io.hummock") || target.startsWith("io.hummock.");
        if (hummock && !own && !allowed.contains(target)) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }
}
