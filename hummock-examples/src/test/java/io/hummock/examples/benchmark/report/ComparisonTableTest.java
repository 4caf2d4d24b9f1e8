package io.hummock.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.examples.benchmark.report.Numbers.Style;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {
  private final List<Measurement> measurements = new ArrayList<>();

  private void cost(String group, String operation, String backend, double wall, double cpu) {
    measurements.add(new Measurement("s", group, operation, backend, Unit.WALL_NANOS, wall));
    measurements.add(new Measurement("s", group, operation, backend, Unit.CPU_NANOS, cpu));
  }

  private String table(Style style) {
    return new ComparisonTable(new Comparison(measurements), style, true).markdown();
  }

  @Test
  void ratiosAndMeansOfGroupsAndOfTheWhole() {
    cost("Value", "get", "hummock", 100, 100);
    cost("Value", "get", "rocksdb", 200, 900);
    cost("Value", "update", "hummock", 100, 100);
    cost("Value", "update", "rocksdb", 900, 800);
    cost("Map", "get", "hummock", 100, 100);
    cost("Map", "get", "rocksdb", 3200, 3200);
    cost("Map", "put", "hummock", 100, 100);
    cost("Map", "put", "rocksdb", 200, 200);
    assertThat(table(Style.NANOS))
        .isEqualTo(
            """
            | | rocksdb | hummock | × rocksdb |
            | --- | ---: | ---: | ---: |
            | Value get | 200 / 900 | 100 / 100 | 2 |
            | Value update | 900 / 800 | 100 / 100 | 8 |
            | **Value** | | | **4** |
            | Map get | 3,200 / 3,200 | 100 / 100 | 32 |
            | Map put | 200 / 200 | 100 / 100 | 2 |
            | **Map** | | | **8.00** |
            | **geometric mean** | | | **5.66** |
            """);
  }

  @Test
  void aMissingMeasurementIsADashAndLeftOutOfTheMean() {
    cost("Value", "get", "hummock", 100, 100);
    cost("Value", "get", "rocksdb", 300, 300);
    cost("Value", "update", "hummock", 100, 100);
    cost("Value", "add", "rocksdb", 100, 100);
    assertThat(table(Style.NANOS))
        .contains("| Value update | - | 100 / 100 | - |")
        .contains("| Value add | 100 / 100 | - | - |")
        .contains("| **geometric mean** | | | **3.00** |");
  }

  @Test
  void withoutHummockNothingIsCompared() {
    cost("Value", "get", "heap", 100, 100);
    cost("Value", "get", "rocksdb", 300, 300);
    assertThat(table(Style.NANOS))
        .isEqualTo(
            """
            | | heap | rocksdb |
            | --- | ---: | ---: |
            | Value get | 100 / 100 | 300 / 300 |
            """);
  }

  @Test
  void garbageAndAllocationAreThoseOfHummock() {
    cost("Value", "get", "hummock", 100, 100);
    cost("Value", "get", "heap", 50, 50);
    measurements.add(new Measurement("s", "Value", "get", "hummock", Unit.PERCENT, 0.25));
    measurements.add(new Measurement("s", "Value", "get", "heap", Unit.PERCENT, 7));
    measurements.add(new Measurement("s", "Value", "get", "hummock", Unit.ALLOCATED_BYTES, 24));
    assertThat(table(Style.NANOS))
        .contains("| × heap | GC | B/op |")
        .contains("| 0.50 | 0.3 % | 24 |");
  }

  @Test
  void aRateIsRecordsASecondAndCpuSecondsForAMillion() {
    cost("job", "count", "hummock", 2_000, 4_000);
    assertThat(table(Style.RATE)).contains("| job count | 500,000/s / 4.00 s |");
  }
}
