package io.hummock.examples.flights;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * Reads feeds row by row, each when its time has come.
 *
 * <p>Of the feeds that are late the one furthest behind comes first, so that they stay together in
 * event time on a slow machine too. The pace starts at the row after the restored position: a
 * failure delays the replay, it does not hurry it afterwards. Used by the task's thread only.
 */
final class FlightsReader implements SourceReader<Flight, FlightsSplit> {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final int days;
  private final Duration duration;
  private final Replay replay;
  private final List<Feed> feeds = new ArrayList<>();

  private CompletableFuture<Void> available = new CompletableFuture<>();
  private boolean noMoreSplits;

  FlightsReader(int days, Duration duration, Replay replay) {
    this.days = days;
    this.duration = duration;
    this.replay = replay;
  }

  /** A feed that is being read. */
  private static final class Feed {
    final String airport;
    final List<Flight> rows;
    final int start;
    final long startNanos;
    final double nanosPerRow;
    int position;
    @Nullable SourceOutput<Flight> output;

    Feed(FlightsSplit split, List<Flight> rows, Duration duration) {
      this.airport = split.airport();
      this.rows = rows;
      this.start = split.position();
      this.startNanos = System.nanoTime();
      this.nanosPerRow = (double) duration.toNanos() / Math.max(1, rows.size());
      this.position = split.position();
    }

    boolean ended() {
      return position == rows.size();
    }

    double progress() {
      return (double) position / rows.size();
    }

    boolean due(long nanos) {
      return nanos - startNanos >= (position - start) * nanosPerRow;
    }
  }

  @Override
  public void start() {}

  @Override
  public void addSplits(List<FlightsSplit> splits) {
    for (FlightsSplit split : splits) {
      feeds.add(new Feed(split, FlightsFile.feed(split.airport(), days), duration));
      replay.started(split.airport(), split.position());
    }
    available.complete(null);
  }

  @Override
  public void notifyNoMoreSplits() {
    noMoreSplits = true;
    available.complete(null);
  }

  @Override
  public InputStatus pollNext(ReaderOutput<Flight> output) {
    long now = System.nanoTime();
    boolean ended = true;
    Feed next = null;
    for (Feed feed : feeds) {
      if (feed.ended()) {
        continue;
      }
      ended = false;
      if (feed.due(now)
          && replay.allows(feed.position, feed.rows.size())
          && (next == null || feed.progress() < next.progress())) {
        next = feed;
      }
    }
    if (next != null) {
      emit(next, output);
      return InputStatus.MORE_AVAILABLE;
    }
    if (ended && noMoreSplits) {
      return InputStatus.END_OF_INPUT;
    }
    available = new CompletableFuture<>();
    if (!ended) {
      available.completeOnTimeout(null, PAUSE.toNanos(), TimeUnit.NANOSECONDS);
    }
    return InputStatus.NOTHING_AVAILABLE;
  }

  private void emit(Feed feed, ReaderOutput<Flight> output) {
    SourceOutput<Flight> own = feed.output;
    if (own == null) {
      own = feed.output = output.createOutputForSplit(feed.airport);
    }
    own.collect(feed.rows.get(feed.position));
    feed.position++;
    replay.read(feed.airport, feed.position);
    if (feed.ended()) {
      // Its watermark holds the others back no longer.
      output.releaseOutputForSplit(feed.airport);
    }
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return available;
  }

  @Override
  public List<FlightsSplit> snapshotState(long checkpointId) {
    // Feeds that were read to their end stay: a restored reader then finds nothing left in them.
    return feeds.stream().map(feed -> new FlightsSplit(feed.airport, feed.position)).toList();
  }

  @Override
  public void close() {
    available.complete(null);
  }
}
