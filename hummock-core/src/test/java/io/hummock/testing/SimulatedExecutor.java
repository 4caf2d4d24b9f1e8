package io.hummock.testing;

import io.hummock.BackgroundExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Keeps tasks until somebody waits for them, and then runs them on that thread, in random order.
 * For one thread.
 */
public final class SimulatedExecutor implements BackgroundExecutor {
  private final List<Runnable> tasks = new ArrayList<>();
  private final SplittableRandom random;

  public SimulatedExecutor(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public boolean runOneTask() {
    if (tasks.isEmpty()) {
      return false;
    }
    tasks.remove(random.nextInt(tasks.size())).run();
    return true;
  }

  /** The tasks that wait. */
  public int size() {
    return tasks.size();
  }
}
