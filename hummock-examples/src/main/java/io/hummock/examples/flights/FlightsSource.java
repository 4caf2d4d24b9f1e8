package io.hummock.examples.flights;

import java.time.Duration;
import java.util.List;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Replays the flights of 2013, each airport's feed at a steady pace.
 *
 * <p>Checkpoints keep the position in each feed, and a restored reader goes on with the row after
 * it. There are as many splits as airports, so more subtasks than those have nothing to read.
 */
public final class FlightsSource implements Source<Flight, FlightsSplit, List<FlightsSplit>> {
  private static final long serialVersionUID = 1;

  private final int days;
  private final Duration duration;
  private final String replay;

  /**
   * @param days how many days of the year to replay
   * @param duration how long that takes; a machine that is too slow takes longer
   * @param replay name of the {@link Replay} that holds and watches it
   */
  public FlightsSource(int days, Duration duration, String replay) {
    this.days = days;
    this.duration = duration;
    this.replay = replay;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<Flight, FlightsSplit> createReader(SourceReaderContext context) {
    return new FlightsReader(days, duration, Replay.named(replay));
  }

  @Override
  public SplitEnumerator<FlightsSplit, List<FlightsSplit>> createEnumerator(
      SplitEnumeratorContext<FlightsSplit> context) {
    return new FlightsEnumerator(
        context,
        FlightsFile.AIRPORTS.stream().map(airport -> new FlightsSplit(airport, 0)).toList());
  }

  @Override
  public SplitEnumerator<FlightsSplit, List<FlightsSplit>> restoreEnumerator(
      SplitEnumeratorContext<FlightsSplit> context, List<FlightsSplit> unassigned) {
    return new FlightsEnumerator(context, unassigned);
  }

  @Override
  public SimpleVersionedSerializer<FlightsSplit> getSplitSerializer() {
    return new FlightsSplit.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<List<FlightsSplit>> getEnumeratorCheckpointSerializer() {
    return new FlightsSplit.ListSerializer();
  }
}
