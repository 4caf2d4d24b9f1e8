package io.hummock.examples.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {
  @Test
  void closingEndsWhatWasStartedAndWhatThatStarted() throws Exception {
    ProcessTree tree = new ProcessTree();
    Process first = tree.start(new ProcessBuilder("bash", "-c", "trap : TERM; sleep 1000; true"));
    Process second = tree.start(new ProcessBuilder("bash", "-c", "sleep 1000; true"));
    Awaitility.await()
        .until(() -> first.descendants().count() == 1 && second.descendants().count() == 1);
    List<ProcessHandle> started =
        List.of(
            first.toHandle(),
            first.descendants().findFirst().orElseThrow(),
            second.toHandle(),
            second.descendants().findFirst().orElseThrow());
    assertThat(tree.running()).containsExactly(first.pid(), second.pid());

    tree.close();
    assertThat(tree.running()).isEmpty();
    Awaitility.await().until(() -> started.stream().noneMatch(ProcessHandle::isAlive));
  }
}
