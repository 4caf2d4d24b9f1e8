package io.hummock.testing;

import io.hummock.bytes.Slice;
import io.hummock.key.FullKey;
import io.hummock.key.ValueKind;

/** What an iterator meets at one position; sorts by full key. */
public record Entry(Slice key, long epoch, int scanPrefixLength, ValueKind kind, Slice value)
    implements Comparable<Entry> {

  public FullKey fullKey() {
    return new FullKey(key, epoch);
  }

  @Override
  public int compareTo(Entry other) {
    return FullKey.compare(key, epoch, other.key, other.epoch);
  }

  @Override
  public String toString() {
    String shown = value.length() <= 32 ? value.toString() : value.length() + " bytes";
    return kind + " " + key + "@" + epoch + " /" + scanPrefixLength + " = " + shown;
  }
}
