package io.hummock.examples.job;

import org.jspecify.annotations.Nullable;

/** The job has failed; the cause is what Flink says of it. */
final class JobFailedException extends Exception {
  private static final long serialVersionUID = 1;

  JobFailedException(@Nullable Throwable cause) {
    super("the job has failed", cause);
  }
}
