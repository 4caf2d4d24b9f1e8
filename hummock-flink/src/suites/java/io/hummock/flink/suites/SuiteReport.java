package io.hummock.flink.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Counts, for each suite, its tests and the keyed state backends that Hummock made for them.
 *
 * <p>Writes {@code report.md}, a table, into the directory that {@code hummock.suites.report}
 * names, and {@code unproven} beside it if some suite made none: the build prints the one and fails
 * on the other, since a listener's exceptions are not heard.
 */
public final class SuiteReport implements TestExecutionListener {

  private static final String HEADER =
      """
      | suite | passed | failed | skipped | tests on Hummock | keyed backends |
      | --- | ---: | ---: | ---: | ---: | ---: |
      """;

  private static final class Counts {
    private int passed;
    private int failed;
    private int skipped;
    private int onHummock;
    private long keyedBackends;
  }

  /** Of the whole process: every launch adds to it. */
  private static final Map<String, Counts> SUITES = new TreeMap<>();

  private final Map<String, Long> keyedBackendsAtStart = new ConcurrentHashMap<>();

  @Override
  public void executionStarted(TestIdentifier test) {
    keyedBackendsAtStart.put(test.getUniqueId(), CountingStateBackend.keyedBackends());
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    synchronized (SUITES) {
      counts(test).skipped++;
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
    if (!test.isTest() && !failed) {
      return;
    }
    Long before = keyedBackendsAtStart.remove(test.getUniqueId());
    long made = before == null ? 0 : CountingStateBackend.keyedBackends() - before;
    synchronized (SUITES) {
      Counts counts = counts(test);
      switch (result.getStatus()) {
        case SUCCESSFUL -> counts.passed++;
        case FAILED -> counts.failed++;
        case ABORTED -> counts.skipped++;
      }
      if (test.isTest() && made > 0) {
        counts.onHummock++;
        counts.keyedBackends += made;
      }
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    String directory = System.getProperty("hummock.suites.report");
    if (directory == null) {
      return;
    }
    synchronized (SUITES) {
      StringBuilder report = new StringBuilder(HEADER);
      StringBuilder unproven = new StringBuilder();
      SUITES.forEach(
          (suite, counts) -> {
            report.append(
                "| %s | %d | %d | %d | %d | %d |%n"
                    .formatted(
                        suite,
                        counts.passed,
                        counts.failed,
                        counts.skipped,
                        counts.onHummock,
                        counts.keyedBackends));
            if (counts.keyedBackends == 0) {
              unproven.append(suite).append('\n');
            }
          });
      try {
        Path target = Files.createDirectories(Path.of(directory));
        Files.writeString(target.resolve("report.md"), report);
        if (!unproven.isEmpty()) {
          Files.writeString(target.resolve("unproven"), unproven);
        } else {
          Files.deleteIfExists(target.resolve("unproven"));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Counts counts(TestIdentifier test) {
    String suite =
        test.getSource()
            .map(
                source ->
                    source instanceof MethodSource method
                        ? method.getClassName()
                        : source instanceof ClassSource type
                            ? type.getClassName()
                            : test.getDisplayName())
            .orElseGet(test::getDisplayName);
    return SUITES.computeIfAbsent(suite.substring(suite.lastIndexOf('.') + 1), any -> new Counts());
  }
}
