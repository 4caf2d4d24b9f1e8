package io.hummock.flink.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BackendResourcesTest {
  private final List<String> closed = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch bothClosed = new CountDownLatch(2);

  private BackendResources resources() {
    return new BackendResources("test", List.of(() -> close("first"), () -> close("second")));
  }

  private void close(String name) {
    closed.add(name);
    bothClosed.countDown();
  }

  @Test
  void theTasksThreadClosesAtOnceAndOnce() {
    BackendResources resources = resources();
    resources.closeWhenUnused();
    assertThat(closed).containsExactly("first", "second");
    resources.closeWhenUnused();
    resources.close();
    assertThat(closed).hasSize(2);
  }

  @Test
  void anotherThreadsCloseWaitsForTheEndOfTheTasksThread() throws Exception {
    CompletableFuture<BackendResources> made = new CompletableFuture<>();
    CountDownLatch end = new CountDownLatch(1);
    Thread task =
        new Thread(
            () -> {
              made.complete(resources());
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    task.start();
    BackendResources resources = made.get();
    resources.closeWhenUnused();
    resources.closeWhenUnused();
    assertThat(closed).isEmpty();
    end.countDown();
    assertThat(bothClosed.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(closed).containsExactly("first", "second");
  }

  @Test
  void whoDisposesClosesAtOnceFromAnyThread() throws Exception {
    CompletableFuture<BackendResources> made = new CompletableFuture<>();
    Thread task = new Thread(() -> made.complete(resources()));
    task.start();
    made.get().close();
    assertThat(closed).containsExactly("first", "second");
    task.join();
  }
}
