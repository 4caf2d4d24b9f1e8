package io.hummock.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.hummock.bytes.Page;
import io.hummock.bytes.PageAllocator;
import io.hummock.metrics.HummockMetrics;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Keeps blocks, filters and indexes of all tables in pages of one budget.
 *
 * <p>Caffeine decides which blocks stay. Filters and indexes, the <em>sections</em>, come before
 * them: they may take a part of the budget, three quarters at first, and blocks have what these
 * leave. A page that is evicted while somebody reads it goes back when the last reader releases it.
 * Where no page can be had, since all are being read or the allocator's memory went elsewhere, the
 * reader gets bytes of the heap that nobody keeps, so a read neither fails nor waits for memory.
 *
 * <p>Thread-safe.
 */
public final class BlockCache {
  /** How many of the coldest blocks make way at once when the allocator has no page. */
  private static final int VICTIMS = 8;

  private static final int ATTEMPTS = 8;

  /** So much of the budget is left for pages that are being filled or were evicted while read. */
  private static final long MAX_RESERVE_BYTES = 256 << 10;

  private final PageAllocator pages;
  private final HummockMetrics metrics;
  private final Cache<Block, Block> blocks;
  private final Policy.Eviction<Block, Block> policy;
  private final SectionCache sections;
  private final SingleFlight flights = new SingleFlight();
  private final AtomicLong tables = new AtomicLong();
  private final AtomicLong transientPages = new AtomicLong();
  private volatile long bytes;

  /**
   * @param pages where the memory comes from
   * @param bytes the part of it that the cache may keep; 0 to keep nothing
   * @param metrics told of hits and misses, and when a page was not to be had
   */
  public BlockCache(PageAllocator pages, long bytes, HummockMetrics metrics) {
    if (bytes < 0) {
      throw new IllegalArgumentException("cache of " + bytes + " bytes");
    }
    this.pages = pages;
    this.bytes = bytes;
    this.metrics = metrics;
    blocks =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((Block key, Block block) -> block.page().size())
            .executor(Runnable::run)
            .removalListener(
                (@Nullable Block key, @Nullable Block block, RemovalCause cause) -> {
                  if (block != null) {
                    block.hide();
                    block.release();
                  }
                })
            .build();
    policy = blocks.policy().eviction().orElseThrow();
    sections = new SectionCache(bytes - bytes / 4, this::sectionsTake);
    sectionsTake(0);
  }

  /**
   * Changes how much may be kept.
   *
   * @param maxBytes of all
   * @param maxSectionBytes the part of it that filters and indexes may take
   */
  public void resize(long maxBytes, long maxSectionBytes) {
    bytes = maxBytes;
    sections.resize(Math.min(maxBytes, maxSectionBytes));
  }

  /** The bytes that are kept now: of blocks, filters and indexes. */
  public long bytes() {
    blocks.cleanUp();
    return policy.weightedSize().orElse(0) + sections.bytes();
  }

  /** The most that may be kept. */
  public long limit() {
    return bytes;
  }

  /** The bytes of filters and indexes that are kept now. */
  public long sectionBytes() {
    return sections.bytes();
  }

  /**
   * Gives memory back: the coldest blocks, and where there is none, filters and indexes. What is
   * being read goes back later.
   *
   * @param wanted how many bytes should go
   * @return whether any went
   */
  public boolean shrink(long wanted) {
    long freed = 0;
    while (freed < wanted) {
      Collection<Block> coldest = policy.coldest(VICTIMS).values();
      if (coldest.isEmpty()) {
        break;
      }
      for (Block victim : coldest) {
        if (freed < wanted) {
          freed += victim.page().size();
          blocks.invalidate(victim);
        }
      }
    }
    if (freed == 0) {
      freed = sections.shrink(wanted);
    }
    return freed > 0;
  }

  /** How often a page was not to be had and a reader got bytes of the heap instead. */
  public long transientPages() {
    return transientPages.get();
  }

  HummockMetrics metrics() {
    return metrics;
  }

  SectionCache sections() {
    return sections;
  }

  SingleFlight flights() {
    return flights;
  }

  /** A number for a table's keys. */
  long newTable() {
    return tables.incrementAndGet();
  }

  /** What stands in a slot, retained for the caller; null if there is nothing. */
  @Nullable Block find(AtomicReferenceArray<Block> slots, int slot) {
    Block block = slots.get(slot);
    if (block == null || !block.retain()) {
      return null;
    }
    if (block.countRead()) {
      var unused = blocks.getIfPresent(block); // tells the policy
    }
    return block;
  }

  /**
   * Keeps a block, for which it takes a reference of its own, and lets readers find it in its slot;
   * unless it is too large for that, or another stands there.
   */
  void keep(Block block) {
    if (block.page().size() <= bytes / 8 && !isTransient(block.page()) && block.retain()) {
      if (block.show()) {
        blocks.put(block, block);
      } else {
        block.release();
      }
    }
  }

  /** Forgets a block. */
  void drop(Block block) {
    blocks.invalidate(block);
  }

  /** A page of at least {@code size} bytes, of the budget if it has one, else of the heap. */
  Page allocate(int size) {
    for (int attempt = 0; size <= bytes && attempt < ATTEMPTS; attempt++) {
      Page page = pages.allocate(size);
      if (page != null) {
        return page;
      }
      Iterable<Block> coldest = policy.coldest(VICTIMS).keySet();
      if (!coldest.iterator().hasNext()) {
        break;
      }
      blocks.invalidateAll(coldest);
    }
    transientPages.incrementAndGet();
    metrics.pageShortage(size);
    return new TransientPage(size);
  }

  /** Whether a page is the heap's, so that nobody may keep it. */
  boolean isTransient(Page page) {
    return page instanceof TransientPage;
  }

  private void sectionsTake(long taken) {
    long reserve = Math.min(bytes / 16, MAX_RESERVE_BYTES);
    policy.setMaximum(Math.max(0, bytes - taken - reserve));
  }

  /** Bytes of the heap that are collected when their reader is done. */
  private static final class TransientPage extends Page {
    TransientPage(int size) {
      super(ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    protected void free() {}
  }
}
