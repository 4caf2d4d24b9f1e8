package io.hummock.examples.flights;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/**
 * Deals the feeds out to the readers: feed {@code i} to subtask {@code i} modulo their number.
 *
 * <p>A reader that has registered is told at once that no more will come after its share. Splits of
 * a failed reader come back before it registers again. Used by the coordinator's thread only.
 */
final class FlightsEnumerator implements SplitEnumerator<FlightsSplit, List<FlightsSplit>> {
  private final SplitEnumeratorContext<FlightsSplit> context;
  private final List<FlightsSplit> unassigned;

  FlightsEnumerator(SplitEnumeratorContext<FlightsSplit> context, List<FlightsSplit> unassigned) {
    this.context = context;
    this.unassigned = new ArrayList<>(unassigned);
  }

  @Override
  public void start() {}

  @Override
  public void handleSplitRequest(int subtask, @Nullable String hostname) {}

  @Override
  public void addSplitsBack(List<FlightsSplit> splits, int subtask) {
    unassigned.addAll(splits);
    if (context.registeredReaders().containsKey(subtask)) {
      addReader(subtask);
    }
  }

  @Override
  public void addReader(int subtask) {
    for (FlightsSplit split : List.copyOf(unassigned)) {
      int feed = FlightsFile.AIRPORTS.indexOf(split.airport());
      if (feed % context.currentParallelism() == subtask) {
        context.assignSplit(split, subtask);
        unassigned.remove(split);
      }
    }
    context.signalNoMoreSplits(subtask);
  }

  @Override
  public List<FlightsSplit> snapshotState(long checkpointId) {
    return List.copyOf(unassigned);
  }

  @Override
  public void close() {}
}
