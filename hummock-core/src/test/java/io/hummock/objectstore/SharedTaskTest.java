package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedTaskTest {
  private final ExecutorService executor = Executors.newFixedThreadPool(2);

  @AfterEach
  void close() {
    executor.shutdownNow();
  }

  @Test
  void resultsComeInTheOrderOfTheWork() throws IOException {
    List<Callable<Integer>> work = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int result = i;
      work.add(() -> result);
    }

    List<Integer> results = SharedTask.all(executor, work);

    assertThat(results).hasSize(100).isSorted().doesNotHaveDuplicates();
    assertThat(SharedTask.<Integer>all(executor, List.of())).isEmpty();
  }

  @Test
  void executorAndCallerWorkBesideEachOther() throws IOException {
    CyclicBarrier all = new CyclicBarrier(3);
    Callable<Boolean> meet =
        () -> {
          all.await(60, TimeUnit.SECONDS); // would time out if two were done after each other
          return true;
        };

    assertThat(SharedTask.all(executor, List.of(meet, meet, meet)))
        .containsExactly(true, true, true);
  }

  @Test
  void workIsDoneThoughTheExecutorDoesNone() throws IOException {
    assertThat(SharedTask.all(task -> {}, List.of(() -> 1, () -> 2))).containsExactly(1, 2);
    assertThat(
            SharedTask.all(
                task -> {
                  throw new RejectedExecutionException("closed");
                },
                List.of(() -> 1, () -> 2)))
        .containsExactly(1, 2);
  }

  @Test
  void failureOfOneIsThrownAsItIs() {
    IOException failure = new IOException("lost");
    assertThatIOException()
        .isThrownBy(
            () ->
                SharedTask.all(
                    executor,
                    List.of(
                        () -> {
                          throw failure;
                        },
                        () -> 2)))
        .isSameAs(failure);
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                SharedTask.all(
                    executor,
                    List.of(
                        () -> 1,
                        () -> {
                          throw new IllegalStateException("wrong");
                        })));
  }

  @Test
  void interruptEndsTheWaitAndTheWork() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread waiting = Thread.currentThread();
    Callable<Integer> endless =
        () -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
            return 0;
          } finally {
            stopped.countDown();
          }
        };
    Callable<Integer> interrupting =
        () -> {
          started.await();
          waiting.interrupt();
          return 0;
        };

    assertThatExceptionOfType(InterruptedIOException.class)
        .isThrownBy(() -> SharedTask.all(executor, List.of(endless, interrupting)));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(stopped.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
