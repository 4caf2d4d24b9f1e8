package io.hummock.examples.benchmark.report;

import io.hummock.examples.benchmark.report.Comparison.Row;
import io.hummock.examples.benchmark.report.Numbers.Style;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the page with the results: text from a template, everything else from result files. The
 * same files give the same page.
 */
public final class ReportPage {
  /** The name of the page in the directory of documents. */
  public static final String PAGE = "benchmarks.md";

  /** The directory beside the page that has its charts and the results that it was made of. */
  public static final String ATTACHMENTS = "benchmarks";

  /** The file with resident memory in MB over seconds, among the results. */
  public static final String MEMORY_CURVE = "memory-curve.csv";

  /** The picture of it. */
  public static final String MEMORY_PICTURE = "memory.svg";

  private static final String MEMORY = "memory";
  private static final String PROCESS_SIZE = "process size";
  private static final String TEMPLATE = "benchmarks.md";
  private static final String NOT_MEASURED = "Not measured in this run.\n";

  /** A part of the page. */
  private record Section(String benchmark, Style style, boolean means, List<String> baselines) {}

  private static final List<Section> SECTIONS =
      List.of(
          new Section("operations", Style.NANOS, true, List.of("rocksdb", "rocksdb-tuned")),
          new Section(
              "larger-than-memory", Style.NANOS, false, List.of("rocksdb-tuned", "rocksdb")),
          new Section("checkpoints", Style.NANOS, false, List.of("rocksdb-tuned", "rocksdb")),
          new Section("pipelines", Style.RATE, true, List.of("rocksdb", "rocksdb-tuned")),
          new Section(MEMORY, Style.NANOS, false, List.of()));

  private final Map<String, ResultFile> results = new TreeMap<>();
  private final Map<String, String> attachments = new LinkedHashMap<>();
  private Map<String, List<Curve.Point>> memoryCurves = Map.of();

  /**
   * Reads what there is of results.
   *
   * @param directory with a file a benchmark
   */
  public ReportPage(Path directory) throws IOException {
    for (Section section : SECTIONS) {
      Path file = ResultFile.path(directory, section.benchmark());
      if (Files.exists(file)) {
        results.put(section.benchmark(), ResultFile.read(file));
      }
    }
    Path curves = directory.resolve(MEMORY_CURVE);
    if (Files.exists(curves)) {
      memoryCurves = CurveFile.read(curves);
    }
    if (results.isEmpty()) {
      throw new IllegalArgumentException(
          "no results in "
              + directory.toAbsolutePath()
              + "; run a benchmark first, or give the"
              + " directory by --results");
    }
  }

  /** Writes the page, its charts and a copy of the results. */
  public void write(Path docs) throws IOException {
    String page = markdown();
    Path beside = Files.createDirectories(docs.resolve(ATTACHMENTS));
    for (Map.Entry<String, String> chart : attachments.entrySet()) {
      Files.writeString(beside.resolve(chart.getKey()), chart.getValue());
    }
    for (Map.Entry<String, ResultFile> result : results.entrySet()) {
      result.getValue().write(ResultFile.path(beside, result.getKey()));
    }
    if (!memoryCurves.isEmpty()) {
      CurveFile.write(beside.resolve(MEMORY_CURVE), memoryCurves);
    }
    Files.writeString(docs.resolve(PAGE), page);
  }

  /** The picture of resident memory over time beside the process size, in MB. */
  public static Curve memoryCurve(Map<String, List<Curve.Point>> curves, double processSize) {
    Curve picture = new Curve("Resident memory of a TaskManager", "seconds", "MB");
    curves.forEach(picture::add);
    picture.limit("process size", processSize);
    picture.limit("process size + 5 %", 1.05 * processSize);
    return picture;
  }

  /** The page. */
  public String markdown() throws IOException {
    String text = template();
    text = text.replace("{{summary}}\n", summary());
    for (Section section : SECTIONS) {
      text = text.replace("{{" + section.benchmark() + "}}\n", section(section));
    }
    return text;
  }

  private static String template() throws IOException {
    try (InputStream stream = ReportPage.class.getResourceAsStream(TEMPLATE)) {
      if (stream == null) {
        throw new IOException("no template " + TEMPLATE);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String section(Section section) {
    ResultFile found = results.get(section.benchmark());
    if (found == null) {
      return NOT_MEASURED;
    }
    StringBuilder text = new StringBuilder(4096);
    text.append(
            found.conditions().entrySet().stream()
                .map(condition -> condition.getKey() + ": " + condition.getValue())
                .collect(Collectors.joining("; ")))
        .append(".\n");
    String size = found.conditions().get(PROCESS_SIZE);
    if (section.benchmark().equals(MEMORY) && size != null && !memoryCurves.isEmpty()) {
      double megabytes = Double.parseDouble(size.replaceAll("\\D", ""));
      attachments.put(MEMORY_PICTURE, memoryCurve(memoryCurves, megabytes).svg());
      text.append("\n![Resident memory](").append(ATTACHMENTS).append('/');
      text.append(MEMORY_PICTURE).append(")\n");
    }
    int number = 0;
    for (Map.Entry<String, Comparison> each : Comparison.bySetting(found).entrySet()) {
      number++;
      text.append("\n**").append(each.getKey()).append("**\n\n");
      String chart = chart(section, each.getKey(), each.getValue(), number);
      if (chart != null) {
        text.append("![").append(each.getKey()).append("](").append(ATTACHMENTS).append('/');
        text.append(chart).append(")\n\n");
      }
      text.append(
          new ComparisonTable(each.getValue(), section.style(), section.means()).markdown());
    }
    return text.toString();
  }

  /** The name of the chart of a comparison, or null if it has none. */
  private @Nullable String chart(
      Section section, String setting, Comparison comparison, int number) {
    Optional<String> baseline =
        section.baselines().stream().filter(comparison.backends()::contains).findFirst();
    if (baseline.isEmpty() || comparison.subject().isEmpty()) {
      return null;
    }
    List<String> series = new ArrayList<>();
    series.add(comparison.subject().get());
    comparison.peers().stream().filter(peer -> !peer.equals(baseline.get())).forEach(series::add);
    RatioChart chart =
        new RatioChart(title(section.benchmark()) + ": " + setting, baseline.get(), series);
    for (String group : comparison.groups()) {
      for (Row row : comparison.rows(group)) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        for (String backend : series) {
          comparison
              .ratio(row, backend, baseline.get())
              .ifPresent(ratio -> ratios.put(backend, ratio));
        }
        chart.row(group + " " + row.operation(), ratios);
      }
    }
    if (chart.isEmpty()) {
      return null;
    }
    String name = section.benchmark() + (number == 1 ? "" : "-" + number) + ".svg";
    attachments.put(name, chart.svg());
    return name;
  }

  private static String title(String benchmark) {
    return Character.toUpperCase(benchmark.charAt(0)) + benchmark.substring(1).replace('-', ' ');
  }

  /** Geometric means of the groups of all benchmarks that have such. */
  private String summary() {
    List<String> peers = List.of("heap", "rocksdb", "rocksdb-tuned", "forst");
    StringBuilder text = new StringBuilder(2048);
    text.append("| |");
    peers.forEach(peer -> text.append(" × ").append(peer).append(" |"));
    text.append("\n| --- |").append(" ---: |".repeat(peers.size())).append('\n');
    for (Section section : SECTIONS) {
      ResultFile found = results.get(section.benchmark());
      if (found == null || !section.means()) {
        continue;
      }
      Comparison.bySetting(found)
          .forEach(
              (setting, comparison) -> {
                String start = title(section.benchmark()) + ", " + setting;
                if (section.style() == Style.NANOS) {
                  for (String group : comparison.groups()) {
                    line(text, start + ": " + group, comparison, comparison.rows(group), peers);
                  }
                }
                line(text, "**" + start + "**", comparison, comparison.rows(), peers);
              });
    }
    return text.toString();
  }

  private static void line(
      StringBuilder text,
      String label,
      Comparison comparison,
      Collection<Row> rows,
      List<String> peers) {
    comparison
        .subject()
        .ifPresent(
            subject -> {
              text.append("| ").append(label).append(" |");
              for (String peer : peers) {
                text.append(' ')
                    .append(Numbers.ratio(comparison.mean(rows, subject, peer)))
                    .append(" |");
              }
              text.append('\n');
            });
  }
}
