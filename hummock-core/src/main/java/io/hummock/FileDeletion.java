package io.hummock;

import io.hummock.ownership.FileOwnership;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what nobody needs, in the background as long as the store is open.
 *
 * <p>Thread-safe.
 */
final class FileDeletion {
  private static final Logger LOG = LoggerFactory.getLogger(FileDeletion.class);
  private static final int LAST_ATTEMPTS = 3;

  private final HummockEnvironment environment;
  private final FileOwnership ownership;
  private final WorkState work;
  private final AtomicBoolean scheduled = new AtomicBoolean();

  FileDeletion(HummockEnvironment environment, FileOwnership ownership, WorkState work) {
    this.environment = environment;
    this.ownership = ownership;
    this.work = work;
  }

  /** Lets what is condemned be deleted soon or, after the store was closed, at once. */
  void schedule() {
    if (!ownership.hasCondemned()) {
      return;
    }
    if (work.isClosed()) {
      ownership.deleteCondemned();
    } else if (scheduled.compareAndSet(false, true)) {
      try {
        environment.compactions().execute(this::run);
      } catch (RejectedExecutionException e) {
        LOG.warn("Deletions wait until the store is closed: their executor takes no work", e);
      }
    }
  }

  private void run() {
    scheduled.set(false);
    if (work.start()) {
      try {
        ownership.deleteCondemned();
      } finally {
        work.end();
      }
    }
  }

  /** Deletes what is left when the store is closed. */
  void finish() {
    for (int i = 0; i < LAST_ATTEMPTS; i++) {
      if (ownership.deleteCondemned()) {
        return;
      }
    }
    LOG.warn(
        "{} objects of {} could not be deleted and stay",
        ownership.counts().waiting(),
        environment.directory());
  }
}
