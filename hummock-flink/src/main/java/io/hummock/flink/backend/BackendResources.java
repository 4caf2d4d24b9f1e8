package io.hummock.flink.backend;

import java.io.Closeable;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.util.IOUtils;

/**
 * What a backend holds: closed once, by the thread that uses the backend or when that has ended.
 */
final class BackendResources implements Closeable {
  /*
   * Flink closes a backend from another thread when it cancels a task, while the task's own thread may
   * be in the middle of a state access; and under an asynchronous operator it may never dispose of
   * it. So whoever closes on the task's thread closes at once, and any other thread leaves a daemon
   * behind that waits for the end of the task's thread.
   */
  private final String name;
  private final List<AutoCloseable> resources;
  private final Thread owner = Thread.currentThread();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();

  /**
   * To be made by the task's thread.
   *
   * @param resources closed in this order
   */
  BackendResources(String name, List<AutoCloseable> resources) {
    this.name = name;
    this.resources = List.copyOf(resources);
  }

  /** Closes at once if this is the task's thread, else when that has ended. */
  void closeWhenUnused() {
    if (Thread.currentThread() == owner || !owner.isAlive()) {
      close();
    } else if (!closed.get() && waiting.compareAndSet(false, true)) {
      Thread thread = new Thread(this::awaitOwner, "hummock-close-" + name);
      thread.setDaemon(true);
      thread.setContextClassLoader(BackendResources.class.getClassLoader());
      thread.start();
    }
  }

  @SuppressWarnings("ThreadJoinLoop") // it is one, and needs no library
  private void awaitOwner() {
    boolean ended = false;
    while (!ended) {
      try {
        owner.join();
        ended = true;
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread: it goes on waiting.
      }
    }
    close();
  }

  /** Closes now: nobody uses the backend any more. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      resources.forEach(IOUtils::closeQuietly);
    }
  }
}
