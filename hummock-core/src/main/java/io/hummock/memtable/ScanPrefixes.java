package io.hummock.memtable;

import io.hummock.bytes.PageAllocator;

/** From a scan prefix to the set of the entries that have it; a set is never empty. */
final class ScanPrefixes extends HashIndex {
  private final KeyOrders orders;

  ScanPrefixes(PageAllocator pages, KeyOrders orders) {
    super(pages);
    this.orders = orders;
  }

  @Override
  boolean matches(int set, byte[] prefix, int offset, int length) {
    return orders.isOfPrefix(set, prefix, offset, length);
  }
}
