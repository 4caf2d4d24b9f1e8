package io.hummock.flink.orphans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphansTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long HOUR = 3_600_000;
  private static final String JOB = "0123456789abcdef0123456789abcdef";
  private static final String NEXT_JOB = "fedcba9876543210fedcba9876543210";

  @TempDir private Path root;
  private Path tables;
  private Path namedShared;
  private Path namedPrivate;
  private Path namedMeta;
  private Path orphanTable;
  private Path orphanMeta;
  private Path young;
  private final List<Path> foreign = new ArrayList<>();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void writeCheckpointAndTables() throws IOException {
    Path job = root.resolve(JOB);
    tables = job.resolve("shared/hummock/operator/attempt");
    namedShared = table(".sst", 2 * HOUR);
    namedPrivate = table(".sst", 2 * HOUR);
    namedMeta = table(".meta", 2 * HOUR);
    orphanTable = table(".sst", 2 * HOUR);
    orphanMeta = table(".meta", 2 * HOUR);
    young = table(".sst", HOUR / 2);
    foreign.add(file(tables.resolve("notes.sst"), 2 * HOUR));
    foreign.add(file(tables.resolve(UUID.randomUUID() + ".sst.part"), 2 * HOUR));
    foreign.add(file(tables.resolve(UUID.randomUUID().toString()), 2 * HOUR));
    foreign.add(file(job.resolve("shared/" + UUID.randomUUID() + ".sst"), 2 * HOUR));
    foreign.add(file(job.resolve("hummock/" + UUID.randomUUID() + ".sst"), 2 * HOUR));
    checkpoint(job.resolve("chk-7"), namedShared, namedPrivate, namedMeta);
  }

  @Test
  void orphansAreListedWithTheirBytesAndNothingIsDeleted() throws IOException {
    Set<Path> before = files();

    assertThat(run("--checkpoints", uri(JOB))).containsExactlyInAnyOrder(orphanTable, orphanMeta);

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("10\tfile:" + orphanTable, "10\tfile:" + orphanMeta)
        .contains("2 of 6 objects, 20 bytes, are named by none of 1 checkpoints")
        .doesNotContain("deleted");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void onlyOrphansAreDeletedWhenToldTo() throws IOException {
    Set<Path> before = files();

    run("--checkpoints", root.toUri().toString(), "--delete");

    before.removeAll(Set.of(orphanTable, orphanMeta));
    assertThat(files())
        .isEqualTo(before)
        .contains(namedShared, namedPrivate, namedMeta, young)
        .containsAll(foreign);
  }

  @Test
  void theAgeIsAnArgument() throws IOException {
    assertThat(run("--checkpoints", uri(JOB), "--older-than", "10 min"))
        .containsExactlyInAnyOrder(orphanTable, orphanMeta, young);
    assertThat(run("--checkpoints", uri(JOB), "--older-than", "3 h")).isEmpty();
  }

  @Test
  void aCheckpointThatCannotBeReadStopsBeforeAnythingIsDeleted() throws IOException {
    Path broken = file(root.resolve(JOB).resolve("chk-8/_metadata"), 0);
    Set<Path> before = files();

    assertThatThrownBy(() -> run("--checkpoints", uri(JOB), "--delete"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("file:" + broken + " cannot be read");

    assertThat(files()).isEqualTo(before);
  }

  @Test
  void whereThereIsNoCheckpointNothingIsDeleted() throws IOException {
    Files.delete(root.resolve(JOB).resolve("chk-7/_metadata"));
    Set<Path> before = files();

    assertThatThrownBy(() -> run("--checkpoints", uri(JOB), "--delete"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no checkpoint was found");

    assertThat(files()).isEqualTo(before);
  }

  @Test
  void tablesThatTheNextJobTookOverAreKept() throws IOException {
    checkpoint(root.resolve(NEXT_JOB).resolve("chk-9"), orphanTable, orphanTable, orphanTable);

    assertThat(run("--checkpoints", uri(JOB))).containsExactly(orphanMeta);
  }

  @Test
  void checkpointsElsewhereCountIfTheyAreTold(@TempDir Path elsewhere) throws IOException {
    checkpoint(elsewhere.resolve("savepoint-1"), orphanMeta, orphanMeta, orphanMeta);

    assertThat(run("--checkpoints", uri(JOB), "--also", elsewhere.toUri().toString()))
        .containsExactly(orphanTable);
  }

  @Test
  void argumentsThatAreWrongAreRefused() {
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of("--checkpoints"),
            List.of("--delete"),
            List.of("--checkpoints", "file:///c", "--dry", "run"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Orphans.of(wrong))
          .withMessageContaining("usage:");
    }
  }

  private List<Path> run(String... arguments) throws IOException {
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      return Orphans.of(List.of(arguments)).run(NOW, out).stream()
          .map(orphan -> Path.of(orphan.path().getPath()))
          .toList();
    }
  }

  private String uri(String job) {
    return root.resolve(job).toUri().toString();
  }

  private Path table(String suffix, long age) throws IOException {
    return file(tables.resolve(UUID.randomUUID() + suffix), age);
  }

  private static Path file(Path path, long age) throws IOException {
    Files.createDirectories(path.getParent());
    Files.write(path, new byte[10]);
    return Files.setLastModifiedTime(path, FileTime.fromMillis(NOW - age));
  }

  private static void checkpoint(Path directory, Path shared, Path own, Path meta)
      throws IOException {
    IncrementalRemoteKeyedStateHandle handle =
        new IncrementalRemoteKeyedStateHandle(
            UUID.randomUUID(),
            KeyGroupRange.of(0, 3),
            7,
            List.of(HandleAndLocalPath.of(handle(shared), "shared")),
            List.of(HandleAndLocalPath.of(handle(own), "own")),
            handle(meta));
    OperatorState operator = new OperatorState("name", "uid", new OperatorID(1, 2), 1, 4);
    operator.putState(0, OperatorSubtaskState.builder().setManagedKeyedState(handle).build());
    Files.createDirectories(directory);
    try (OutputStream out = Files.newOutputStream(directory.resolve("_metadata"));
        DataOutputStream data = new DataOutputStream(out)) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(7, List.of(operator), List.of()), data);
    }
  }

  private static FileStateHandle handle(Path file) {
    return new FileStateHandle(new org.apache.flink.core.fs.Path(file.toUri()), 10);
  }

  private Set<Path> files() throws IOException {
    try (var all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).collect(Collectors.toSet());
    }
  }
}
