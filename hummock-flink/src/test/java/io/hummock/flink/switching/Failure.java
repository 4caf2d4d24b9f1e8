package io.hummock.flink.switching;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A failure of the job that runs, at a number and once.
 *
 * @param happened completes when it happens
 */
record Failure(long number, CompletableFuture<Void> happened) {
  private static volatile @Nullable Failure planned;

  /** Plans the job's next failure. */
  static Failure at(long number) {
    Failure failure = new Failure(number, new CompletableFuture<>());
    planned = failure;
    return failure;
  }

  /** Fails if that is planned for this number. */
  static void check(long number) {
    Failure failure = planned;
    if (failure != null && number == failure.number && failure.happened.complete(null)) {
      throw new IllegalStateException("the failure to recover from");
    }
  }
}
