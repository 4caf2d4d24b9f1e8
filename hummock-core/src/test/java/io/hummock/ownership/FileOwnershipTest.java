package io.hummock.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hummock.bytes.Slice;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.testing.FaultyObjectStore;
import io.hummock.testing.ManualClock;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FileOwnershipTest {
  private final FaultyObjectStore objects =
      new FaultyObjectStore(new InMemoryObjectStore(), new ManualClock());
  private final FileOwnership ownership = new FileOwnership(objects);

  private void write(String path) throws IOException {
    try (ObjectWriter writer = objects.create(path)) {
      writer.write(Slice.utf8("content"));
      writer.commit();
    }
  }

  private void own(String path) throws IOException {
    ownership.created(path);
    write(path);
  }

  private List<String> left() throws IOException {
    ownership.deleteCondemned();
    return objects.list("");
  }

  @Test
  void whatAVersionUsesStays() throws IOException {
    own("a");
    assertThat(left()).containsExactly("a");
  }

  @Test
  void whatNobodyUsesIsDeleted() throws IOException {
    own("a");
    own("b");
    ownership.unused(List.of("a"));
    assertThat(left()).containsExactly("b");
    assertThat(ownership.counts().deleted()).isEqualTo(1);
  }

  @Test
  void whatThisEngineDidNotWriteIsNeverDeleted() throws IOException {
    write("restored");
    ownership.unused(List.of("restored"));
    ownership.claim("restored");
    ownership.release("restored");
    assertThat(left()).containsExactly("restored");
    assertThat(ownership.isOwn("restored")).isFalse();
  }

  @Test
  void aPendingClaimKeepsWhatNoVersionUses() throws IOException {
    own("a");
    assertThat(ownership.claim("a")).isTrue();
    assertThat(ownership.claim("a")).as("a second claim").isFalse();
    ownership.unused(List.of("a"));
    assertThat(left()).containsExactly("a");
    ownership.release("a");
    assertThat(left()).containsExactly("a");
    ownership.release("a");
    assertThat(left()).isEmpty();
  }

  @Test
  void aReleasedClaimLeavesWhatAVersionUses() throws IOException {
    own("a");
    ownership.claim("a");
    ownership.release("a");
    assertThat(left()).containsExactly("a");
  }

  @Test
  void whatWasHandedOverIsNeverDeleted() throws IOException {
    own("a");
    ownership.claim("a");
    ownership.handOver("a");
    assertThat(ownership.isOwn("a")).isFalse();
    assertThat(ownership.isInSnapshot("a")).isTrue();
    ownership.claim("a");
    ownership.release("a");
    ownership.unused(List.of("a"));
    assertThat(left()).containsExactly("a");
    assertThat(ownership.ownFiles()).isEmpty();
  }

  @Test
  void oneHandOverOutweighsManyReleases() throws IOException {
    own("a");
    ownership.claim("a");
    ownership.claim("a");
    ownership.unused(List.of("a"));
    ownership.handOver("a");
    ownership.release("a");
    assertThat(left()).containsExactly("a");
  }

  @Test
  void aClaimEndsOnce() throws IOException {
    own("a");
    ownership.claim("a");
    ownership.release("a");
    assertThatThrownBy(() -> ownership.release("a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDeletionThatFailsIsTriedAgain() throws IOException {
    for (FaultyObjectStore.Mode mode : FaultyObjectStore.Mode.values()) {
      own("a");
      own("b");
      ownership.unused(List.of("a", "b"));
      objects.failCall(FaultyObjectStore.Call.DELETE, 1, mode);
      assertThat(ownership.deleteCondemned()).as("%s", mode).isFalse();
      assertThat(ownership.hasCondemned()).isTrue();
      assertThat(ownership.ownFiles()).containsExactlyInAnyOrder("a", "b");
      assertThat(ownership.deleteCondemned()).isTrue();
      assertThat(objects.list("")).isEmpty();
    }
    assertThat(ownership.counts().failures()).isEqualTo(4);
    assertThat(ownership.counts().waiting()).isZero();
  }

  @Test
  void neverLists() throws IOException {
    own("a");
    ownership.unused(List.of("a"));
    ownership.deleteCondemned();
    assertThat(objects.calls(FaultyObjectStore.Call.LIST)).isZero();
  }
}
