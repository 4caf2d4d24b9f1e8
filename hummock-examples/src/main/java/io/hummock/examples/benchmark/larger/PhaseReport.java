package io.hummock.examples.benchmark.larger;

import io.hummock.examples.benchmark.process.ProcessUsage;
import io.hummock.examples.benchmark.process.Recorder;
import io.hummock.examples.benchmark.report.Unit;

/** Records phases of one backend. */
final class PhaseReport {
  private final String setting;
  private final String backend;
  private final Recorder recorder;

  PhaseReport(String setting, String backend, Recorder recorder) {
    this.setting = setting;
    this.backend = backend;
    this.recorder = recorder;
  }

  void add(String name, Phase phase) {
    double operations = (double) phase.operations();
    recorder.add(
        setting, "operation", name, backend, Unit.WALL_NANOS, phase.span().wall() / operations);
    recorder.add(
        setting, "operation", name, backend, Unit.CPU_NANOS, phase.span().cpu() / operations);
    recorder.add(setting, "operation", name, backend, Unit.PERCENT, phase.span().garbagePercent());
    String batch = "batch of " + Phase.BATCH + " in ";
    recorder.add(setting, "worst", batch + name, backend, Unit.MILLIS, phase.worstBatch() / 1e6);
    recorder.add(
        setting, "99.9th percentile", batch + name, backend, Unit.MILLIS, phase.slowBatch() / 1e6);
  }

  void count(String name, double count) {
    recorder.add(setting, "footprint", name, backend, Unit.COUNT, count);
  }

  void footprint(long disk, ProcessUsage.Memory memory) {
    recorder.add(setting, "footprint", "disk", backend, Unit.BYTES, (double) disk);
    recorder.add(
        setting, "footprint", "resident memory", backend, Unit.BYTES, (double) memory.resident());
    recorder.add(
        setting,
        "footprint",
        "resident memory at its peak",
        backend,
        Unit.BYTES,
        (double) memory.peak());
  }
}
