package io.hummock.examples.benchmark.process;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has taken of the machine. */
public final class ProcessUsage {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private ProcessUsage() {}

  /**
   * A span of time of this process.
   *
   * @param wall nanoseconds by the clock
   * @param cpu nanoseconds of CPU time, all threads
   * @param garbage nanoseconds that garbage collections took
   */
  public record Span(long wall, long cpu, long garbage) {
    /** Percent of the time that garbage collections took. */
    public double garbagePercent() {
      return wall == 0 ? 0 : 100.0 * garbage / wall;
    }

    /** From an earlier reading to this one. */
    public Span since(Span start) {
      return new Span(wall - start.wall, cpu - start.cpu, garbage - start.garbage);
    }
  }

  /** A reading; only the difference of two means something. */
  public static Span now() {
    long garbage = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      garbage += collector.getCollectionTime();
    }
    return new Span(System.nanoTime(), SYSTEM.getProcessCpuTime(), garbage * 1_000_000);
  }

  /**
   * Memory of a process as Linux counts it.
   *
   * @param resident bytes in main memory
   * @param anonymous those of them that no file stands behind
   * @param peak the most that {@code resident} has been
   */
  public record Memory(long resident, long anonymous, long peak) {}

  /** The memory of this process; zeros where there is no {@code /proc}. */
  public static Memory memory() throws IOException {
    return memory(ProcessHandle.current().pid());
  }

  /** The memory of a process; zeros where there is no {@code /proc} or no such process. */
  public static Memory memory(long pid) throws IOException {
    Path status = Path.of("/proc", Long.toString(pid), "status");
    if (!Files.exists(status)) {
      return new Memory(0, 0, 0);
    }
    long resident = 0;
    long anonymous = 0;
    long peak = 0;
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        resident = kilobytes(line);
      } else if (line.startsWith("RssAnon:")) {
        anonymous = kilobytes(line);
      } else if (line.startsWith("VmHWM:")) {
        peak = kilobytes(line);
      }
    }
    return new Memory(resident, anonymous, peak);
  }

  private static long kilobytes(String line) {
    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
  }
}
