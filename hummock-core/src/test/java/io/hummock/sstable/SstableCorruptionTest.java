package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.hummock.bytes.CorruptionException;
import io.hummock.bytes.Hash;
import io.hummock.bytes.Page;
import io.hummock.bytes.Slice;
import io.hummock.iterator.Direction;
import io.hummock.iterator.HummockIterator;
import io.hummock.key.KeySpace;
import io.hummock.key.PartitionRange;
import io.hummock.key.ValueKind;
import io.hummock.key.ValueLookup;
import io.hummock.metrics.HummockMetrics;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.objectstore.ObjectNotFoundException;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import io.hummock.testing.Entry;
import io.hummock.testing.Seeds;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are not the table's are found out, whatever they are and whoever reads them. */
class SstableCorruptionTest {
  private static final UUID ID = new UUID(7, 8);
  private static final List<ValueKind> KINDS = List.of(ValueKind.values());
  private static final List<Entry> ENTRIES = entries();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyFlippedByteIsFoundOut(boolean compressed) throws IOException {
    Written written = write(ID, compressed, ENTRIES);
    readAll(written.info, written.data, written.meta);
    SplittableRandom random = new SplittableRandom(Seeds.base());
    for (int i = 0; i < written.data.length; i++) {
      assertFindsOut(written.info, flipped(written.data, i, random), written.meta, "sst " + i);
    }
    for (int i = 0; i < written.meta.length; i++) {
      assertFindsOut(written.info, written.data, flipped(written.meta, i, random), "meta " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyTruncationIsFoundOut(boolean compressed) throws IOException {
    Written written = write(ID, compressed, ENTRIES);
    for (int length = 0; length < written.data.length; length++) {
      byte[] cut = Arrays.copyOf(written.data, length);
      assertFindsOut(written.info, cut, written.meta, "sst of " + length);
    }
    for (int length = 0; length < written.meta.length; length++) {
      byte[] cut = Arrays.copyOf(written.meta, length);
      assertFindsOut(written.info, written.data, cut, "meta of " + length);
    }
  }

  @Test
  void objectsOfAnotherTableAreFoundOut() throws IOException {
    Written mine = write(ID, false, ENTRIES);
    Written twin = write(new UUID(7, 9), false, ENTRIES);
    assertFindsOut(mine.info, twin.data, mine.meta, "the data of a twin");
    assertFindsOut(mine.info, mine.data, twin.meta, "the meta of a twin");
    assertFindsOut(mine.info, mine.meta, mine.data, "both swapped");
    List<Entry> fewer = new ArrayList<>(ENTRIES);
    fewer.remove(3);
    Written other = write(ID, false, fewer);
    assertFindsOut(mine.info, mine.data, other.meta, "the meta of another with the same id");
    assertFindsOut(other.info, mine.data, mine.meta, "the description of another");
  }

  @Test
  void blocksThatChangedPlacesAreFoundOut() throws IOException {
    List<Entry> alike = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      alike.add(new Entry(key("key " + i), 5, 15, ValueKind.PUT, Slice.of(new byte[400])));
    }
    Written written = write(ID, false, alike);
    int length = (written.data.length - SstableFormat.HEADER_BYTES) / 4;
    byte[] swapped = written.data.clone();
    System.arraycopy(
        written.data, 32 + length, swapped, 32, length); // the second where the first belongs
    InMemoryObjectStore objects = new InMemoryObjectStore();
    put(objects, "a.sst", swapped);
    put(objects, "a.meta", written.meta);
    TestTables tables = new TestTables(objects, 1 << 20, HummockMetrics.NONE);
    try (Sstable table = tables.open(written.info, "a.sst", "a.meta");
        HummockIterator iterator = table.iterator(Direction.FORWARD, PartitionRange.ALL)) {
      assertThatThrownBy(iterator::rewind)
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("a.sst @32: expected checksum");
    }
  }

  @Test
  void missingObjectsAreNamed() throws IOException {
    Written written = write(ID, true, ENTRIES);
    assertThatThrownBy(() -> readAll(written.info, null, written.meta))
        .isInstanceOf(ObjectNotFoundException.class)
        .hasMessageContaining(".sst");
    assertThatThrownBy(() -> readAll(written.info, written.data, null))
        .isInstanceOf(ObjectNotFoundException.class)
        .hasMessageContaining(".meta");
  }

  @Test
  void aNewerFormatIsSaidToBeNewer() throws IOException {
    Written written = write(ID, true, ENTRIES);
    byte[] meta = written.meta.clone();
    meta[meta.length - 12] = 2;
    assertThatThrownBy(() -> readAll(written.info, written.data, meta))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining(".meta @" + (meta.length - 12))
        .hasMessageContaining("version 1, found version 2 of a newer hummock");
    byte[] data = written.data.clone();
    data[8] = 2;
    assertThatThrownBy(() -> readAll(written.info, data, written.meta))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining(".sst @8")
        .hasMessageContaining("version 1, found version 2 of a newer hummock");
  }

  @Test
  void messagesNameObjectOffsetExpectedAndFound() throws IOException {
    Written written = write(ID, false, ENTRIES);
    byte[] data = written.data.clone();
    data[SstableFormat.HEADER_BYTES + 20] ^= 1;
    assertThatThrownBy(() -> readAll(written.info, data, written.meta))
        .hasMessageMatching(".*" + ID + "\\.sst @32: expected checksum \\w+, found \\w+");
  }

  @Test
  void whatComesFromABadCopyIsReadAgainOnceTheCopyIsDistrusted() throws IOException {
    Written written = write(ID, true, ENTRIES);
    for (int bad = 0; bad < 5; bad++) {
      MangledUntilDistrusted objects = new MangledUntilDistrusted(written.data, written.meta, bad);
      TestTables tables = new TestTables(objects, 1 << 20, HummockMetrics.NONE);
      try (Sstable table = tables.open(written.info, "a.sst", "a.meta")) {
        assertAnswers(table);
      }
      assertThat(objects.reads).isGreaterThan(bad);
      assertThat(objects.distrusted).isEqualTo(1);
    }
  }

  @Test
  void entriesThatPassTheirChecksumButMakeNoSenseAreRefused() throws IOException {
    SplittableRandom random = new SplittableRandom(Seeds.base());
    ValueLookup lookup = new ValueLookup();
    for (int round = 0; round < 30_000; round++) {
      byte[] bytes = TestTables.block(ENTRIES, 1 + round % 9, 3).toByteArray();
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Entry wanted = ENTRIES.get(random.nextInt(ENTRIES.size()));
      try {
        lookup.reset();
        TestTables tables = new TestTables(1 << 20);
        Page page = tables.cache.allocate(bytes.length);
        page.memory().put(0, bytes);
        new Block(
                page,
                bytes.length,
                new BlockKey(1, 0),
                new AtomicReferenceArray<>(1),
                0,
                "block",
                0)
            .get(wanted.key(), Hash.hash64(wanted.key()), lookup);
      } catch (CorruptionException e) {
        assertThat(e).hasMessageStartingWith("block @0: expected ");
      }
      for (Direction direction : Direction.values()) {
        try (BlockIterator iterator = new BlockIterator(direction)) {
          iterator.open(Slice.of(bytes), 3, "block", 0);
          int steps = 0;
          for (iterator.rewind(); iterator.isValid(); iterator.next()) {
            assertThat(iterator.value().length()).isLessThan(bytes.length);
            assertThat(steps++).isLessThan(bytes.length * 10);
          }
          iterator.seek(wanted.fullKey());
        } catch (CorruptionException e) {
          assertThat(e).hasMessageStartingWith("block @0: expected ");
        }
      }
    }
  }

  @Test
  void metaThatPassesItsChecksumButMakesNoSenseIsRefused() throws IOException {
    Written written = write(ID, true, ENTRIES);
    SplittableRandom random = new SplittableRandom(Seeds.base());
    SstableFooter footer =
        SstableFooter.read(
            Slice.of(written.meta).from(written.meta.length - 64), written.info, "meta");
    int start = (int) footer.directoryOffset();
    int refused = 0;
    for (int round = 0; round < 30_000; round++) {
      byte[] bytes = Arrays.copyOfRange(written.meta, start, start + footer.sectionsLength());
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        SstableMeta.decode(
            TestTables.withChecksums(footer, bytes), Slice.of(bytes), written.info, "meta");
      } catch (CorruptionException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void anIndexThatPassesItsChecksumButMakesNoSenseIsRefusedOrHarmless() throws IOException {
    Written written = write(ID, false, ENTRIES);
    SplittableRandom random = new SplittableRandom(Seeds.base());
    SstableFooter footer =
        SstableFooter.read(
            Slice.of(written.meta).from(written.meta.length - 64), written.info, "meta");
    SstableMeta root =
        SstableMeta.decode(
            footer,
            Slice.of(written.meta, (int) footer.directoryOffset(), footer.sectionsLength()),
            written.info,
            "meta");
    int at = (int) root.indexStart(0);
    for (int round = 0; round < 30_000; round++) {
      byte[] bytes = Arrays.copyOfRange(written.meta, at, at + root.indexLength(0));
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        BlockIndex.check(Slice.of(bytes), root.blocks(0), written.info.dataBytes(), "meta", at);
      } catch (CorruptionException e) {
        continue;
      }
      ByteBuffer index = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (Entry entry : ENTRIES) {
        int found = BlockIndex.find(index, entry.key());
        assertThat(found).isBetween(0, root.blocks(0));
        if (found < root.blocks(0)) {
          BlockIndex.continuesAfter(index, found, entry.key());
          assertThat(BlockIndex.blockEnd(index, found))
              .isBetween(BlockIndex.blockStart(index, found), written.info.dataBytes());
        }
      }
    }
  }

  private static void assertFindsOut(SstableInfo info, byte[] data, byte[] meta, String what) {
    try {
      readAll(info, data, meta);
      fail("nobody noticed: " + what);
    } catch (CorruptionException | ObjectNotFoundException | EOFException e) {
      assertThat(e).hasMessageContaining(".");
    } catch (IOException | RuntimeException e) {
      fail(what, e);
    }
  }

  private static void readAll(SstableInfo info, byte @Nullable [] data, byte @Nullable [] meta)
      throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    String name = info.id().toString();
    put(objects, name + ".sst", data);
    put(objects, name + ".meta", meta);
    TestTables tables = new TestTables(objects, 1 << 20, HummockMetrics.NONE);
    IOException first = null;
    // Each way to read must find out or be right by itself.
    for (int way = 0; way < 4; way++) {
      try (Sstable table = tables.open(info, name + ".sst", name + ".meta")) {
        read(table, way);
      } catch (IOException e) {
        first = first == null ? e : first;
      }
      assertThat(tables.pages.used()).isZero();
    }
    if (first != null) {
      throw first;
    }
  }

  private static void assertAnswers(Sstable table) throws IOException {
    for (int way = 0; way < 4; way++) {
      read(table, way);
    }
  }

  private static void read(Sstable table, int way) throws IOException {
    switch (way) {
      case 0 -> assertGets(table);
      case 1 ->
          assertScan(table.iterator(Direction.FORWARD, PartitionRange.ALL), Direction.FORWARD);
      case 2 ->
          assertScan(table.iterator(Direction.BACKWARD, PartitionRange.ALL), Direction.BACKWARD);
      default -> assertScan(table.compactionIterator(PartitionRange.ALL), Direction.FORWARD);
    }
  }

  private static void assertGets(Sstable table) throws IOException {
    ValueLookup lookup = new ValueLookup();
    IOException first = null;
    for (Entry entry : ENTRIES) {
      lookup.reset();
      try {
        table.get(entry.key(), Hash.hash64(entry.key()), lookup);
      } catch (IOException e) {
        first = first == null ? e : first;
        continue;
      }
      assertThat(lookup.valueOrNull())
          .isEqualTo(entry.kind() == ValueKind.TOMBSTONE ? null : entry.value());
    }
    if (first != null) {
      throw first;
    }
  }

  private static void assertScan(HummockIterator iterator, Direction direction) throws IOException {
    try (iterator) {
      int at = direction == Direction.FORWARD ? 0 : ENTRIES.size() - 1;
      for (iterator.rewind(); iterator.isValid(); iterator.next()) {
        Entry entry = ENTRIES.get(at);
        assertThat(iterator.fullKey()).isEqualTo(entry.fullKey());
        assertThat(iterator.value()).isEqualTo(entry.value());
        assertThat(iterator.kind()).isEqualTo(entry.kind());
        assertThat(iterator.scanPrefixLength()).isEqualTo(entry.scanPrefixLength());
        at += direction == Direction.FORWARD ? 1 : -1;
      }
      assertThat(at).isEqualTo(direction == Direction.FORWARD ? ENTRIES.size() : -1);
    }
  }

  private static byte[] flipped(byte[] bytes, int at, SplittableRandom random) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static List<Entry> entries() {
    TreeSet<Entry> entries = new TreeSet<>();
    for (int i = 0; i < 40; i++) {
      Slice key = new KeySpace(i / 15, 3).key(Slice.utf8("some key " + i));
      ValueKind kind = KINDS.get(i % 3);
      Slice value = kind == ValueKind.TOMBSTONE ? Slice.EMPTY : Slice.utf8("value ".repeat(i % 5));
      entries.add(new Entry(key, 3 + i % 4, i % 2 == 0 ? key.length() : 15, kind, value));
    }
    return List.copyOf(entries);
  }

  private static Slice key(String text) {
    return new KeySpace(1, 2).key(Slice.utf8(text));
  }

  private static Written write(UUID id, boolean compressed, List<Entry> entries)
      throws IOException {
    InMemoryObjectStore objects = new InMemoryObjectStore();
    SstableOptions options = new SstableOptions(256, 4, 10, compressed);
    try (SstableBuilder builder =
        new SstableBuilder(options, objects, id, "a.sst", "a.meta", Runnable::run)) {
      for (Entry entry : entries) {
        builder.add(
            entry.key(), entry.epoch(), entry.scanPrefixLength(), entry.kind(), entry.value());
      }
      SstableInfo info = builder.finish();
      return new Written(
          info,
          objects.read("a.sst", 0, (int) info.dataBytes()).toByteArray(),
          objects.read("a.meta", 0, (int) info.metaBytes()).toByteArray());
    }
  }

  private static void put(ObjectStore objects, String path, byte @Nullable [] bytes)
      throws IOException {
    if (bytes != null) {
      try (ObjectWriter writer = objects.create(path)) {
        writer.write(Slice.of(bytes));
        writer.commit();
      }
    }
  }

  /** A table's description and its objects. */
  private static final class Written {
    final SstableInfo info;
    final byte[] data;
    final byte[] meta;

    Written(SstableInfo info, byte[] data, byte[] meta) {
      this.info = info;
      this.data = data;
      this.meta = meta;
    }
  }

  /** From some read on gives a wrong byte, until what it gave is distrusted. */
  private static final class MangledUntilDistrusted implements ObjectStore {
    private final InMemoryObjectStore objects = new InMemoryObjectStore();
    private final int bad;
    int reads;
    int distrusted;

    MangledUntilDistrusted(byte[] data, byte[] meta, int bad) throws IOException {
      this.bad = bad;
      put(objects, "a.sst", data);
      put(objects, "a.meta", meta);
    }

    @Override
    public Slice read(String path, long offset, int length) throws IOException {
      Slice bytes = objects.read(path, offset, length);
      if (reads++ >= bad && distrusted == 0) {
        bytes.array()[bytes.offset() + bytes.length() / 2] ^= 4;
      }
      return bytes;
    }

    @Override
    public void distrust(String path) {
      distrusted++;
    }

    @Override
    public ObjectWriter create(String path) {
      return objects.create(path);
    }

    @Override
    public List<String> list(String prefix) {
      return objects.list(prefix);
    }

    @Override
    public void copy(String from, String to) throws IOException {
      objects.copy(from, to);
    }

    @Override
    public void delete(Collection<String> paths) {
      objects.delete(paths);
    }

    @Override
    public void close() {}
  }
}
