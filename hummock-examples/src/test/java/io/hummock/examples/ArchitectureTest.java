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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the module to the table of rooms in ARCHITECTURE.md. */
class ArchitectureTest {

  private static final String ROOT = "io.hummock.examples.";

  private static final Set<String> BENCHMARK_BASE =
      rooms("benchmark.backend", "benchmark.process", "benchmark.report");

  /** Each room and the packages of Hummock that it may use. A job uses Flink as any user does. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("flights", Set.of()),
          Map.entry("job", Set.of("io.hummock.examples.flights", "io.hummock.flink")),
          Map.entry("benchmark.report", Set.of()),
          Map.entry("benchmark.backend", Set.of()),
          Map.entry("benchmark.process", rooms("benchmark.backend", "benchmark.report")),
          Map.entry("benchmark.operations", BENCHMARK_BASE),
          Map.entry("benchmark.larger", BENCHMARK_BASE),
          Map.entry("benchmark.checkpoint", BENCHMARK_BASE),
          Map.entry("benchmark.pipeline", BENCHMARK_BASE),
          Map.entry("benchmark.memory", BENCHMARK_BASE),
          Map.entry(
              "benchmark",
              rooms(
                  "benchmark.process",
                  "benchmark.report",
                  "benchmark.operations",
                  "benchmark.larger",
                  "benchmark.checkpoint",
                  "benchmark.pipeline",
                  "benchmark.memory")));

  private static Set<String> rooms(String... names) {
    return Stream.of(names).map(ROOT::concat).collect(Collectors.toUnmodifiableSet());
  }

  /** JMH writes classes of its own beside those that it measures. */
  private static String room(JavaClass type) {
    return type.getPackageName().substring(ROOT.length()).replaceFirst("\\.jmh_generated$", "");
  }

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
      String room = room(from);
      Set<String> allowed = MAY_USE.get(room);
      if (allowed == null) {
        wrong.add("%s lies in no room of the table".formatted(from.getName()));
        continue;
      }
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String target =
            dependency
                .getTargetClass()
                .getBaseComponentType()
                .getPackageName()
                .replaceFirst("\\.jmh_generated$", "");
        boolean own = target.equals(ROOT + room);
        boolean hummock = target.equals("io.hummock") || target.startsWith("io.hummock.");
        if (hummock && !own && !allowed.contains(target)) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }
}
