package io.hummock.flink.switching;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;

/**
 * Holds the source of a job back: it emits the numbers below a limit that the test moves, and then
 * waits without blocking its task. One for all jobs of the process, which run one after another.
 */
final class Gate {
  private static long limit;
  private static long emitted;
  private static CompletableFuture<Void> open = new CompletableFuture<>();
  private static CompletableFuture<Void> reached = new CompletableFuture<>();
  private static CompletableFuture<Void> beginning = new CompletableFuture<>();

  private Gate() {}

  /** Lets all numbers through. */
  static void openForGood() {
    CompletableFuture<Void> never = openTo(Long.MAX_VALUE);
    if (never.isDone()) {
      throw new IllegalStateException("all numbers have gone");
    }
  }

  /** Lets the numbers below {@code newLimit} through; the future completes when they have gone. */
  static synchronized CompletableFuture<Void> openTo(long newLimit) {
    limit = newLimit;
    reached = new CompletableFuture<>();
    if (emitted >= limit) {
      reached.complete(null);
    }
    CompletableFuture<Void> waiting = open;
    open = new CompletableFuture<>();
    waiting.complete(null);
    return reached;
  }

  /** Completes when a source begins, for the first time or again. */
  static synchronized CompletableFuture<Void> nextBeginning() {
    return beginning;
  }

  /** Tells that a source has begun. */
  static synchronized <S extends SourceSplit> RateLimiter<S> begun() {
    emitted = 0;
    beginning.complete(null);
    beginning = new CompletableFuture<>();
    return Gate::acquire;
  }

  /** Tells that a number has gone. */
  static synchronized void passed(long number) {
    emitted = number + 1;
    if (emitted >= limit) {
      reached.complete(null);
    }
  }

  @SuppressWarnings("UnusedVariable") // one number is asked for at a time
  private static synchronized CompletionStage<Void> acquire(int numbers) {
    return emitted < limit
        ? CompletableFuture.completedFuture(null)
        : open.thenCompose(any -> acquire(numbers));
  }
}
