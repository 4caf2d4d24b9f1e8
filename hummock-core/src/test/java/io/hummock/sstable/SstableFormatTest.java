package io.hummock.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.lz4.Lz4Decompressor;
import io.hummock.bytes.Hash;
import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import io.hummock.key.ValueKind;
import io.hummock.objectstore.InMemoryObjectStore;
import io.hummock.testing.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Reads the bytes of tables by the offsets of docs/format.md, with nothing of the reader's code,
 * and finds what was written.
 */
class SstableFormatTest {
  private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  @ParameterizedTest
  @CsvSource({"false, 256, 4, 10", "true, 256, 1, 12", "true, 4096, 16, 0", "false, 1024, 7, 24"})
  void tablesReadAsTheDocumentSays(boolean compressed, int blockBytes, int restarts, int bits)
      throws IOException {
    List<Entry> entries = entries();
    Objects objects = write(new SstableOptions(blockBytes, restarts, bits, compressed), entries);
    ByteBuffer meta = objects.meta;
    ByteBuffer data = objects.data;

    // Footer.
    int footer = meta.limit() - 64;
    assertThat(text(meta, footer + 56, 8)).isEqualTo("HMKMETA\n");
    assertThat(meta.getInt(footer + 52)).isEqualTo(1);
    assertThat(meta.getInt(footer + 48)).isEqualTo(crc(meta, footer, 48));
    assertThat(meta.getInt(footer + 48)).isEqualTo(objects.info.metaChecksum());
    assertThat(meta.getLong(footer)).isEqualTo(0x0011223344556677L);
    assertThat(meta.getLong(footer + 8)).isEqualTo(0x8899aabbccddeeffL);
    assertThat(meta.getLong(footer + 16)).isEqualTo(data.limit());
    int properties = footer - meta.getInt(footer + 40);
    int partitions = properties - meta.getInt(footer + 32);
    int directory = partitions - meta.getInt(footer + 24);
    assertThat(meta.getInt(footer + 28)).isEqualTo(crc(meta, directory, partitions - directory));
    assertThat(meta.getInt(footer + 36)).isEqualTo(crc(meta, partitions, properties - partitions));
    assertThat(meta.getInt(footer + 44)).isEqualTo(crc(meta, properties, footer - properties));

    // Properties.
    Cursor cursor = new Cursor(meta, properties);
    final long baseEpoch = cursor.varint();
    final int probes = (int) cursor.varint();
    assertThat(probes == 0).isEqualTo(bits == 0);
    assertThat(cursor.varint()).isEqualTo(entries.size());
    assertThat(cursor.bytes((int) cursor.varint())).isEqualTo(entries.get(0).key());
    assertThat(cursor.bytes((int) cursor.varint()))
        .isEqualTo(entries.get(entries.size() - 1).key());
    final long rawBytes = cursor.varint();
    assertThat(cursor.at).isEqualTo(footer);

    // .sst.
    assertThat(text(data, 0, 8)).isEqualTo("HMKSST\r\n");
    assertThat(data.getInt(8)).isEqualTo(1);
    assertThat(data.getLong(12)).isEqualTo(0x0011223344556677L);
    assertThat(data.getLong(20)).isEqualTo(0x8899aabbccddeeffL);
    assertThat(data.getInt(28)).isEqualTo(crc(data, 0, 28));

    // Directory, and of each group filter, index and blocks.
    Cursor groups = new Cursor(meta, directory);
    int groupCount = groups.int4();
    int at = 0;
    long blockStart = 32;
    List<List<Entry>> blocks = new ArrayList<>();
    long raw = 0;
    for (int group = 0; group < groupCount; group++) {
      int filterLength = groups.int4();
      assertThat(groups.int4()).isEqualTo(crc(meta, at, filterLength));
      int filter = at;
      int index = at + filterLength;
      int indexLength = groups.int4();
      assertThat(groups.int4()).isEqualTo(crc(meta, index, indexLength));
      int count = groups.int4();
      final Slice groupFence = groups.bytes((int) groups.varint());
      at = index + indexLength;

      assertThat(meta.getInt(index)).isEqualTo(count);
      int prefix = meta.getInt(index + 4);
      assertThat(meta.getLong(index + 8)).isEqualTo(blockStart);
      long base = blockStart;
      int rests = index + 16 + 16 * count + prefix;
      int restStart = 0;
      for (int i = 0; i < count; i++) {
        long blockEnd = base + meta.getInt(index + 16 + 8 * count + 4 * i);
        List<Entry> block = readBlock(data, (int) blockStart, (int) blockEnd, baseEpoch);
        int rawLength = data.getInt((int) blockEnd - 9);
        assertThat(rawLength + 9 <= blockBytes || block.size() == 1)
            .as("%s bytes in a block of %s entries", rawLength, block.size())
            .isTrue();
        raw += rawLength;
        blocks.add(block);
        blockStart = blockEnd;

        int restEnd = meta.getInt(index + 16 + 12 * count + 4 * i);
        byte[] fence = new byte[prefix + restEnd - restStart];
        meta.get(index + 16 + 16 * count, fence, 0, prefix);
        meta.get(rests + restStart, fence, prefix, restEnd - restStart);
        byte[] head = Arrays.copyOf(Arrays.copyOfRange(fence, prefix, fence.length), 8);
        assertThat(meta.getLong(index + 16 + 8 * i)).isEqualTo(ByteBuffer.wrap(head).getLong());
        assertThat(Slice.of(fence)).isGreaterThan(block.get(block.size() - 1).key());
        if (i == count - 1) {
          assertThat(Slice.of(fence)).isEqualTo(groupFence);
        }
        restStart = restEnd;
        for (Entry entry : block) {
          if (probes > 0) {
            Slice scanPrefix = entry.key().slice(0, entry.scanPrefixLength());
            assertThat(hasBits(meta, filter, filterLength, probes, entry.key())).isTrue();
            assertThat(hasBits(meta, filter, filterLength, probes, scanPrefix)).isTrue();
          }
        }
      }
      assertThat(rests + restStart).isEqualTo(at);
    }
    assertThat(at).isEqualTo(directory);
    assertThat(groups.at).isEqualTo(partitions);
    assertThat(blockStart).isEqualTo(data.limit());
    assertThat(raw).isEqualTo(rawBytes);
    assertThat(blocks.stream().flatMap(List::stream).toList()).isEqualTo(entries);

    // Partitions.
    cursor = new Cursor(meta, partitions);
    long count = cursor.varint();
    Map<Integer, Long> starts = new HashMap<>();
    int partition = -1;
    int block = 0;
    for (long i = 0; i < count; i++) {
      partition += (int) cursor.varint();
      long start = cursor.varint();
      block += (int) (start >>> 1);
      starts.put(partition, 2L * block + (start & 1));
    }
    assertThat(cursor.at).isEqualTo(properties);
    Map<Integer, Long> expected = new HashMap<>();
    for (int i = 0; i < blocks.size(); i++) {
      for (int j = 0; j < blocks.get(i).size(); j++) {
        int of = KeySpace.partition(blocks.get(i).get(j).key());
        expected.putIfAbsent(of, 2L * i + (j == 0 ? 1 : 0));
      }
    }
    assertThat(starts).isEqualTo(expected);
  }

  @Test
  void theBytesOfATableNeverChange() throws IOException {
    Objects objects = write(new SstableOptions(256, 4, 10, false), entries());
    int data = crc(objects.data, 0, objects.data.limit());
    int meta = crc(objects.meta, 0, objects.meta.limit());
    assertThat(Integer.toHexString(data) + " " + Integer.toHexString(meta))
        .as("checksums of .sst and .meta: if they differ, the format has changed")
        .isEqualTo("aed0362d 7e5ac754");
  }

  private static List<Entry> readBlock(ByteBuffer data, int start, int end, long baseEpoch) {
    byte[] checked = new byte[end - 4 - start + 24];
    data.get(start, checked, 0, end - 4 - start);
    ByteBuffer.wrap(checked)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(end - 4 - start, 0x0011223344556677L)
        .putLong(end + 4 - start, 0x8899aabbccddeeffL)
        .putLong(end + 12 - start, start);
    CRC32C crc = new CRC32C();
    crc.update(checked);
    assertThat(data.getInt(end - 4)).isEqualTo((int) crc.getValue());
    byte[] raw = new byte[data.getInt(end - 9)];
    int payload = end - 9 - start;
    if (data.get(end - 5) == 1) {
      new Lz4Decompressor().decompress(checked, 0, payload, raw, 0, raw.length);
    } else {
      assertThat(data.get(end - 5)).isZero();
      assertThat(raw.length).isEqualTo(payload);
      data.get(start, raw);
    }

    ByteBuffer block = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    int n = raw.length;
    int restartCount = block.getInt(n - 8);
    int bucketCount = block.getShort(n - 4) & 0xFFFF;
    assertThat(block.getShort(n - 2)).isZero();
    int buckets = n - 8 - bucketCount;
    int restarts = buckets - 4 * restartCount;
    List<Entry> entries = new ArrayList<>();
    Map<Slice, Integer> restartOfKey = new HashMap<>();
    Cursor cursor = new Cursor(block, 0);
    int restart = -1;
    Slice last = Slice.EMPTY;
    while (cursor.at < restarts) {
      boolean atRestart =
          restart + 1 < restartCount && block.getInt(restarts + 4 * (restart + 1)) == cursor.at;
      restart += atRestart ? 1 : 0;
      int tag = block.get(cursor.at++);
      int shared = (int) cursor.varint();
      int unshared = (int) cursor.varint();
      int valueLength = (int) cursor.varint();
      long zigzag = cursor.varint();
      byte[] key = new byte[shared + unshared];
      int scanPrefix = (tag & 4) != 0 ? key.length : (int) cursor.varint();
      System.arraycopy(last.array(), 0, key, 0, shared);
      block.get(cursor.at, key, shared, unshared);
      Slice assembled = Slice.of(key);
      assertThat(shared).isEqualTo(atRestart ? 0 : last.commonPrefixLength(assembled));
      cursor.at += unshared;
      ValueKind kind = List.of(ValueKind.PUT, ValueKind.TOMBSTONE, ValueKind.MERGE).get(tag & 3);
      long epoch = baseEpoch + ((zigzag >>> 1) ^ -(zigzag & 1));
      entries.add(new Entry(assembled, epoch, scanPrefix, kind, cursor.bytes(valueLength)));
      restartOfKey.putIfAbsent(assembled, restart);
      last = assembled;
    }
    assertThat(cursor.at).isEqualTo(restarts);
    assertThat(restart).isEqualTo(restartCount - 1);
    assertThat(bucketCount > 0).isEqualTo(restartCount > 1 && restartCount <= 254);
    restartOfKey.forEach(
        (key, of) -> {
          if (bucketCount > 0) {
            long hash = Hash.hash64(key) & 0xFFFF_FFFFL;
            int bucket = block.get(buckets + (int) ((hash * bucketCount) >>> 32)) & 0xFF;
            assertThat(bucket).isIn(of, 254);
          }
        });
    return entries;
  }

  private static boolean hasBits(ByteBuffer meta, int filter, int length, int probes, Slice key) {
    long x = Hash.hash64(key);
    int line = filter + 64 * (int) (((x >>> 32) * (length / 64)) >>> 32);
    for (int i = 0; i < probes; i++) {
      x *= 0x9e3779b97f4a7c15L;
      int bit = (int) (x >>> 55);
      if ((meta.get(line + (bit >>> 3)) & 1 << (bit & 7)) == 0) {
        return false;
      }
    }
    return true;
  }

  private static List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Slice key = new KeySpace(300 * (i / 20), 77).key(Slice.utf8("key %03d".formatted(i)));
      int prefix = i % 3 == 0 ? 14 : key.length();
      for (int version = i % 4; version >= 0; version--) {
        ValueKind kind =
            version == 0 ? ValueKind.PUT : version == 2 ? ValueKind.TOMBSTONE : ValueKind.MERGE;
        String value = kind == ValueKind.TOMBSTONE ? "" : ("value " + i).repeat(i % 9);
        entries.add(new Entry(key, 1000 + 50 * version - i, prefix, kind, Slice.utf8(value)));
      }
    }
    Slice last = new KeySpace(65535, -1).key(Slice.EMPTY);
    entries.add(new Entry(last, 1, 10, ValueKind.PUT, Slice.of(new byte[5000])));
    return entries;
  }

  private static Objects write(SstableOptions options, List<Entry> entries) throws IOException {
    InMemoryObjectStore store = new InMemoryObjectStore();
    try (SstableBuilder builder =
        new SstableBuilder(options, store, ID, "t.sst", "t.meta", Runnable::run)) {
      for (Entry entry : entries) {
        builder.add(
            entry.key(), entry.epoch(), entry.scanPrefixLength(), entry.kind(), entry.value());
      }
      SstableInfo info = builder.finish();
      return new Objects(
          info,
          buffer(store.read("t.sst", 0, (int) info.dataBytes())),
          buffer(store.read("t.meta", 0, (int) info.metaBytes())));
    }
  }

  private static ByteBuffer buffer(Slice bytes) {
    return ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text(ByteBuffer bytes, int at, int length) {
    byte[] text = new byte[length];
    bytes.get(at, text);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static int crc(ByteBuffer bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(at).limit(at + length));
    return (int) crc.getValue();
  }

  private record Objects(SstableInfo info, ByteBuffer data, ByteBuffer meta) {}

  /** Reads on from a position. */
  private static final class Cursor {
    private final ByteBuffer bytes;
    int at;

    Cursor(ByteBuffer bytes, int at) {
      this.bytes = bytes;
      this.at = at;
    }

    int int4() {
      at += 4;
      return bytes.getInt(at - 4);
    }

    long varint() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = bytes.get(at++);
        value |= (next & 0x7FL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    Slice bytes(int length) {
      byte[] read = new byte[length];
      bytes.get(at, read);
      at += length;
      return Slice.of(read);
    }
  }
}
