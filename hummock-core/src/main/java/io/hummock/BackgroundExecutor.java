package io.hummock;

import java.util.concurrent.Executor;

/**
 * Runs the engine's background work. The engine creates no thread of its own: whoever opens a store
 * passes these in, and closes them after the store.
 */
public interface BackgroundExecutor extends Executor {
  /** Runs every task at once on the thread that submits it. */
  BackgroundExecutor DIRECT = of(Runnable::run);

  /** The tasks of any executor with threads of its own. */
  static BackgroundExecutor of(Executor executor) {
    return executor::execute;
  }

  /**
   * Called by a thread that has to wait for background work, again and again until that is done. An
   * executor without threads (a simulation on one thread) runs one queued task here and returns
   * true; any other returns false, and the caller blocks.
   */
  default boolean runOneTask() {
    return false;
  }
}
