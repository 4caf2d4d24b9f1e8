package io.hummock.examples.job;

import io.hummock.examples.flights.FlightsSource;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/**
 * The same job for a cluster that runs already, submitted by {@code flink run}. State backend,
 * checkpoints and parallelism are the cluster's and the command line's.
 *
 * <pre>
 * --results DIRECTORY  where result lines go, on a disk that all TaskManagers share
 * --days N             how many days of the year to read, 1 to 365; default 365
 * --seconds N          how long the source takes for them; default 20
 * --limit FILE         holds the fraction of its rows, 0 to 1, up to which the source may go now;
 *                      without it the source goes on to the end
 * </pre>
 */
public final class SubmittedFlightsJob {
  private SubmittedFlightsJob() {}

  /** Submits the job. */
  public static void main(String[] arguments) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(arguments);
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    URI limit = Path.of(options.get("limit", "none")).toUri();
    FlightsPipeline.build(
        environment,
        new FlightsSource(
            options.getInt("days", 365),
            Duration.ofSeconds(options.getInt("seconds", 20)),
            options.has("limit") ? limit.toString() : "unheld"),
        Path.of(options.getRequired("results")));
    environment.execute("flights");
  }
}
