package io.hummock.examples.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The processes that this JVM started, with what they started. They end when this is closed, or
 * with the JVM, and nothing else does. Thread-safe.
 */
final class ProcessTree implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final List<Process> processes = new ArrayList<>();
  private final Thread endWithTheJvm = new Thread(this::kill, "cluster-end");

  ProcessTree() {
    Runtime.getRuntime().addShutdownHook(endWithTheJvm);
  }

  synchronized Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  /** The ids of those that still run. */
  synchronized List<Long> running() {
    return processes.stream().filter(Process::isAlive).map(Process::pid).toList();
  }

  /** Asks all to end, the last started first, and kills those that do not. */
  @Override
  public void close() {
    List<ProcessHandle> all = all();
    all.forEach(ProcessHandle::destroy);
    try {
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Killed below.
    }
    all.forEach(ProcessHandle::destroyForcibly);
    try {
      Runtime.getRuntime().removeShutdownHook(endWithTheJvm);
    } catch (IllegalStateException e) {
      // The JVM ends just now, and its hook finds nothing left.
    }
  }

  private void kill() {
    all().forEach(ProcessHandle::destroyForcibly);
  }

  /** Those that run, and their descendants: a script has some until it becomes what it starts. */
  private synchronized List<ProcessHandle> all() {
    List<ProcessHandle> all = new ArrayList<>();
    for (Process process : processes) {
      if (process.isAlive()) {
        process.descendants().forEach(all::add);
        all.add(process.toHandle());
      }
    }
    Collections.reverse(all);
    return all;
  }
}
