package io.hummock.memtable;

import io.hummock.bytes.Slice;
import io.hummock.key.KeySpace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The keys of {@link Entries}: compared where they lie, by words of eight bytes. They never change,
 * so any thread may use them.
 */
final class EntryKeys {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Arena arena;

  EntryKeys(Arena arena) {
    this.arena = arena;
  }

  /**
   * Reads a little of an entry, so that the cache has it when it is wanted; the result means
   * nothing. Loads of many entries in a row overlap, where each alone would be waited for.
   */
  int touch(int entry) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int length = keyLength(memory, at);
    return memory.getInt(at + Entries.KEY + Arena.roundUp(length) - Integer.BYTES);
  }

  int keyLength(int entry) {
    return keyLength(arena.memory(entry), Arena.offset(entry));
  }

  /** Of the entry that is there. */
  private static int keyLength(ByteBuffer memory, int at) {
    return (memory.getInt(at + Entries.LENGTHS) & 0xFFFF) + KeySpace.LENGTH;
  }

  int scanPrefixLength(int entry) {
    int lengths = arena.memory(entry).getInt(Arena.offset(entry) + Entries.LENGTHS);
    return (lengths >>> 16) + KeySpace.LENGTH;
  }

  /** Copies the key; the target is long enough. */
  void copyKey(int entry, byte[] target) {
    arena.memory(entry).get(Arena.offset(entry) + Entries.KEY, target, 0, keyLength(entry));
  }

  /** Whether this is the entry's key; it has at least 8 bytes. */
  boolean hasKey(int entry, byte[] key, int offset, int length) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int found = keyLength(memory, at);
    return found == length && startsWith(memory, at + Entries.KEY, key, offset, length);
  }

  /** Whether these bytes, at least 8, lie there. Compares words; the last two may overlap. */
  static boolean startsWith(ByteBuffer memory, int at, byte[] bytes, int offset, int length) {
    int last = length - Long.BYTES;
    for (int i = 0; i < last; i += Long.BYTES) {
      if (memory.getLong(at + i) != (long) LONGS.get(bytes, offset + i)) {
        return false;
      }
    }
    return memory.getLong(at + last) == (long) LONGS.get(bytes, offset + last);
  }

  /** The order of two keys, of which the first {@code known} bytes are known to be equal. */
  int compareKeys(int entry, int other, int known) {
    ByteBuffer memory = arena.memory(entry);
    ByteBuffer otherMemory = arena.memory(other);
    int at = Arena.offset(entry) + Entries.KEY;
    int otherAt = Arena.offset(other) + Entries.KEY;
    int length = keyLength(entry);
    int otherLength = keyLength(other);
    int common = Math.min(length, otherLength);
    int i = known;
    for (; i <= common - Long.BYTES; i += Long.BYTES) {
      long word = memory.getLong(at + i);
      long otherWord = otherMemory.getLong(otherAt + i);
      if (word != otherWord) {
        return Long.compareUnsigned(Long.reverseBytes(word), Long.reverseBytes(otherWord));
      }
    }
    for (; i < common; i++) {
      int order = Byte.compareUnsigned(memory.get(at + i), otherMemory.get(otherAt + i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(length, otherLength);
  }

  /** The order of an entry's key and another key. */
  int compareKey(int entry, Slice key) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry) + Entries.KEY;
    byte[] array = key.array();
    int offset = key.offset();
    int length = keyLength(entry);
    int common = Math.min(length, key.length());
    int i = 0;
    for (; i <= common - Long.BYTES; i += Long.BYTES) {
      long word = memory.getLong(at + i);
      long otherWord = (long) LONGS.get(array, offset + i);
      if (word != otherWord) {
        return Long.compareUnsigned(Long.reverseBytes(word), Long.reverseBytes(otherWord));
      }
    }
    for (; i < common; i++) {
      int order = Byte.compareUnsigned(memory.get(at + i), array[offset + i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(length, key.length());
  }

  /**
   * The eight bytes of the key from {@code from} on, a multiple of 8; little endian, zeros behind
   * its end.
   */
  long keyWord(int entry, int from) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int length = keyLength(memory, at);
    // The key itself is followed by zeros up to a multiple of eight.
    return from < length ? memory.getLong(at + Entries.KEY + from) : 0;
  }

  /** One byte of the key, as a number that is not negative; zero if it has no such byte. */
  int keyByte(int entry, int index) {
    ByteBuffer memory = arena.memory(entry);
    int at = Arena.offset(entry);
    int length = keyLength(memory, at);
    return index < length ? memory.get(at + Entries.KEY + index) & 0xFF : 0;
  }
}
